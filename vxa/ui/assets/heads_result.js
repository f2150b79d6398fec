// What came of a run: a picture, perhaps beside another, and all the others small below it.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  let view = null; // as vxa/ui/heads_view.py describes it
  let chosen = ""; // name of the picture shown
  let way = "beside";
  let lastText = "";

  const box = () => vxa.find("vxa_heads_result");
  const part = (selector) => box().querySelector(selector);
  const find = (name) => view.pictures.find((picture) => picture.name === name);

  // JSON from the server; the same text again changes nothing
  function show(text) {
    if (!text || text === lastText || !box()) return;
    lastText = text;
    view = JSON.parse(text);
    if (!find(chosen) || view.words) chosen = view.first;
    vxa.headsWords.show(view);
    box().classList.add("vxa-filled");
    part("[data-shown=full]").hidden = !document.fullscreenEnabled; // phones may not offer it
    if (part(".vxa-compared").dataset.at === undefined) vxa.wipe.move(part(".vxa-compared"), 0.5);
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

  function fill(figure, picture) {
    figure.hidden = !picture;
    if (!picture) return;
    figure.querySelector("img").src = picture.url;
    figure.querySelector("img").alt = picture.title;
    figure.querySelector("figcaption").textContent = picture.title;
  }

  function draw() {
    const picture = find(chosen);
    const other = find(picture.beside);
    box().style.setProperty("--vxa-aspect", picture.width / picture.height);
    box().style.setProperty("--vxa-natural", `${picture.width}px`);
    // sheets and plots are read, not compared
    box().classList.toggle("vxa-sheet", picture.width > 600 && !other);
    part(".vxa-compared").classList.toggle("vxa-wiping", Boolean(other) && way === "wipe");
    fill(part(".vxa-left"), other || picture);
    fill(part(".vxa-right"), other ? picture : null);
    for (const button of box().querySelectorAll("[data-shown]")) {
      if (button.dataset.shown === "full") continue;
      button.setAttribute("aria-pressed", String(button.dataset.shown === way));
      button.disabled = !other;
    }
    for (const button of box().querySelectorAll("[data-picture]")) {
      const isOn = button.dataset.picture === chosen;
      button.classList.toggle("vxa-current", isOn);
      button.setAttribute("aria-pressed", String(isOn));
      button.tabIndex = isOn ? 0 : -1;
    }
  }

  function choose(button) {
    if (button.dataset.picture) chosen = button.dataset.picture;
    else if (button.dataset.shown !== "full") way = button.dataset.shown;
    else if (document.fullscreenElement) document.exitFullscreen();
    else box().requestFullscreen();
    draw();
  }

  document.addEventListener("click", (event) => {
    const button = view && event.target.closest && event.target.closest("#vxa_heads_result button");
    if (button) choose(button);
  });

  document.addEventListener("keydown", (event) => {
    const button = view && event.target.closest && event.target.closest("#vxa_heads_result [data-picture]");
    const steps = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" };
    const next = button && steps[event.key] && button[steps[event.key]];
    if (!next) return;
    choose(next);
    next.focus();
    event.preventDefault();
  });

  vxa.headsResult = { show };
})();
