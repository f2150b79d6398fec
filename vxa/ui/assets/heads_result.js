// What came of a run: a picture, perhaps beside another, and all the others small below it.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  let view = null; // as vxa/ui/heads_view.py describes it
  let chosen = ""; // name of the picture shown
  let lastText = "";

  const box = () => vxa.find("vxa_heads_result");
  const part = (selector) => box().querySelector(selector);
  const pictureOf = (event) => view && event.target.closest && event.target.closest("#vxa_heads_result [data-picture]");
  const find = (name) => view.pictures.find((picture) => picture.name === name);
  const names = () => view && view.pictures.map((picture) => picture.name).join();

  // JSON from the server; the same text again changes nothing
  function show(text) {
    if (!text || text === lastText || !box()) return;
    lastText = text;
    const before = names();
    view = JSON.parse(text);
    if (names() !== before) chosen = view.first;
    vxa.headsWords.show(view);
    box().classList.add("vxa-filled");
    part(".vxa-pictures").replaceChildren(...view.pictures.map(card));
    draw();
  }

  function card(picture) {
    const button = vxa.element("button", "vxa-word");
    button.type = "button";
    button.dataset.picture = picture.name;
    const image = vxa.element("img", "");
    image.src = picture.url;
    image.alt = "";
    button.append(image, vxa.element("span", "vxa-name", picture.title));
    button.title = picture.title;
    return button;
  }

  function draw() {
    const picture = find(chosen);
    const other = find(picture.beside);
    box().style.setProperty("--vxa-aspect", picture.width / picture.height);
    box().style.setProperty("--vxa-natural", `${picture.width}px`);
    // sheets and plots are read, not compared
    box().classList.toggle("vxa-sheet", picture.width > 600 && !other);
    vxa.compared.show(box(), other || picture, other ? picture : null);
    for (const button of box().querySelectorAll("[data-picture]")) {
      const isOn = button.dataset.picture === chosen;
      button.classList.toggle("vxa-current", isOn);
      button.setAttribute("aria-pressed", String(isOn));
      button.tabIndex = isOn ? 0 : -1;
    }
  }

  function choose(button) {
    chosen = button.dataset.picture;
    draw();
  }

  document.addEventListener("click", (event) => {
    const button = pictureOf(event);
    if (button) choose(button);
  });

  document.addEventListener("keydown", (event) => {
    const button = pictureOf(event);
    const steps = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" };
    const next = button && steps[event.key] && button[steps[event.key]];
    if (!next) return;
    choose(next);
    next.focus();
    event.preventDefault();
  });

  vxa.headsResult = { show };
})();
