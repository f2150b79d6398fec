// The large pictures: one word, or several side by side under one pointer.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  function makeCell(word, place) {
    const cell = vxa.element("figure", "vxa-cell");
    cell.dataset.place = place;
    const frame = vxa.element("div", "vxa-frame");
    const moved = vxa.element("div", "vxa-moved");
    const canvas = vxa.element("canvas", "vxa-canvas");
    canvas.setAttribute("role", "img");
    moved.append(canvas, vxa.element("span", "vxa-cross"));
    frame.append(moved);
    const caption = vxa.element("figcaption", "vxa-caption");
    caption.append(vxa.element("span", "vxa-name", word.text), vxa.element("span", "vxa-value", ""));
    cell.append(frame, caption);
    return cell;
  }

  vxa.cells = {
    // Make one cell for each of some words
    build(box, words, places) {
      box.replaceChildren(...places.map((place) => makeCell(words[place], place)));
      box.classList.toggle("vxa-grid", places.length > 1);
    },
    // Show the pointer in every cell, or nowhere
    point(box, spot) {
      box.classList.toggle("vxa-pointed", Boolean(spot));
      if (!spot) return;
      box.style.setProperty("--vxa-spot-x", `${spot.x * 100}%`);
      box.style.setProperty("--vxa-spot-y", `${spot.y * 100}%`);
    },
  };
})();
