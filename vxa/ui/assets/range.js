// Sliders with two thumbs: both ends of a window in one control. Two native sliders lie over each other, so that mouse,
// touch and keyboard work as everywhere.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const listeners = {};

  const boxOf = (name) => vxa.app().querySelector(`.vxa-range[data-window="${name}"]`);
  const thumb = (box, end) => box.querySelector(`[data-end="${end}"]`);
  const percent = (value) => Math.round(value * 100);

  function draw(box) {
    const [start, end] = [Number(thumb(box, "start").value), Number(thumb(box, "end").value)];
    box.style.setProperty("--vxa-low", `${start * 100}%`);
    box.style.setProperty("--vxa-high", `${end * 100}%`);
    const isEmpty = start >= end;
    const isAuto = box.querySelector("[data-auto]").getAttribute("aria-pressed") === "true";
    const text = isEmpty ? "never" : `${percent(start)}–${percent(end)} %`;
    box.querySelector(".vxa-range-said").textContent = text + (isAuto ? " auto" : "");
    // where both meet at the right end, the start must stay in reach
    box.classList.toggle("vxa-at-end", start > 0.5 && end - start < 0.02);
  }

  vxa.range = {
    // Show a window, parts of a run from 0 to 1
    show(name, start, end, isAuto) {
      const box = boxOf(name);
      if (!box) return;
      thumb(box, "start").value = start;
      thumb(box, "end").value = end;
      box.querySelector("[data-auto]").setAttribute("aria-pressed", String(isAuto));
      draw(box);
    },
    of(name) {
      const box = boxOf(name);
      return [Number(thumb(box, "start").value), Number(thumb(box, "end").value)];
    },
    // Call `heard(start, end, isAuto)` whenever the user changes a window
    listen(name, heard) {
      listeners[name] = heard;
    },
  };

  const rangeOf = (event) => event.target.closest && event.target.closest("#vxa_edit .vxa-range");

  document.addEventListener("input", (event) => {
    const box = rangeOf(event);
    const end = box && event.target.dataset.end;
    if (!end) return;
    const value = Number(event.target.value);
    const other = Number(thumb(box, end === "start" ? "end" : "start").value);
    // a thumb stops at the other
    if (end === "start" ? value > other : value < other) event.target.value = other;
    const isAuto = box.querySelector("[data-auto]").getAttribute("aria-pressed") === "true" && end === "start"
      && box.dataset.window !== "word";
    box.querySelector("[data-auto]").setAttribute("aria-pressed", String(isAuto));
    draw(box);
    listeners[box.dataset.window](...vxa.range.of(box.dataset.window), isAuto);
  });

  document.addEventListener("click", (event) => {
    const box = rangeOf(event);
    const button = box && event.target.closest("[data-auto]");
    if (!button) return;
    const isAuto = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isAuto));
    draw(box);
    listeners[box.dataset.window](...vxa.range.of(box.dataset.window), isAuto);
  });
})();
