// One picture, or two compared in the way that their box says: its `data-compared`, which buttons in it change.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  function fill(figure, picture) {
    figure.hidden = !picture;
    if (!picture) return;
    const { url, title, text } = picture;
    const image = figure.querySelector("img");
    image.src = url;
    image.alt = text ? `${title}: ${text}` : title;
    figure.querySelector("figcaption").replaceChildren(...(text ? [vxa.element("b", "", title), vxa.element("span", "", text)] : [title]));
  }

  function arrange(box) {
    const compared = box.querySelector(".vxa-compared");
    const way = box.dataset.compared;
    const isPair = !compared.querySelector(".vxa-right").hidden;
    compared.classList.toggle("vxa-wiping", isPair && way === "wipe");
    compared.classList.toggle("vxa-differing", isPair && way === "difference");
    if (compared.dataset.at === undefined) vxa.wipe.move(compared, 0.5);
    for (const button of box.querySelectorAll("[data-way]")) {
      if (button.dataset.way === "full") button.hidden = !document.fullscreenEnabled; // phones may not offer it
      else {
        button.setAttribute("aria-pressed", String(button.dataset.way === way));
        button.disabled = !isPair;
      }
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_tabs [data-compared] [data-way]");
    if (!button) return;
    const box = button.closest("[data-compared]");
    if (button.dataset.way !== "full") {
      box.dataset.compared = button.dataset.way;
      arrange(box);
    } else if (document.fullscreenElement) document.exitFullscreen();
    else box.requestFullscreen();
  });

  vxa.compared = {
    // Each picture has `url`, `title` and perhaps `text`; the right one may be missing
    show(box, left, right) {
      fill(box.querySelector(".vxa-left"), left);
      fill(box.querySelector(".vxa-right"), right);
      arrange(box);
    },
  };
})();
