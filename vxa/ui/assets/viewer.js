// The viewer: picture and maps are separate layers here, so that word, mode, colours, opacity and threshold change at
// once. The formulas are those of vxa/render/overlay.py.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const THUMB = 160;
  const MOST_READ = 6;

  const look = { mode: "heat", colormap: "turbo", opacity: 0.6, threshold: 0.5, isAuto: true };
  let tables = null;
  let view = null; // {width, height, words, picture, small, maps}
  let current = 0;
  let lastText = "";
  let isAsked = false;

  const viewer = () => vxa.find("vxa_viewer");
  const part = (name) => viewer() && viewer().querySelector(name);

  function readTables() {
    const raw = JSON.parse(viewer().dataset.tables);
    tables = {};
    for (const name of Object.keys(raw)) tables[name] = Uint8Array.from(atob(raw[name]), (c) => c.charCodeAt(0));
    if (!isAsked) {
      look.opacity = Number(viewer().dataset.opacity);
      look.colormap = viewer().dataset.colormap;
    }
  }

  async function layer(url, width, height) {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  }

  // JSON from the server; the same text again changes nothing
  vxa.showView = async function (text) {
    if (!text || text === lastText || !viewer()) return;
    lastText = text;
    if (!tables) readTables();
    const data = JSON.parse(text);
    const shrink = Math.min(1, THUMB / Math.max(data.width, data.height));
    const small = { width: Math.max(1, Math.round(data.width * shrink)), height: Math.max(1, Math.round(data.height * shrink)) };
    const load = async (size) => ({
      ...size,
      picture: await layer(data.picture, size.width, size.height),
      maps: await Promise.all(data.words.map((word) => layer(word.map, size.width, size.height))),
    });
    const full = await load({ width: data.width, height: data.height });
    const thumbs = await load(small);
    if (text !== lastText) return; // a newer one came meanwhile
    const before = view && view.words[current] && view.words[current].text;
    view = { words: data.words, full, thumbs };
    current = Math.max(0, data.words.findIndex((word) => word.text === before));
    viewer().classList.add("vxa-filled");
    buildThumbs();
    draw();
  };

  // Changes of mode, colours, opacity, threshold
  vxa.look = function (changes) {
    isAsked = true;
    Object.assign(look, changes);
    if (view) vxa.later("draw", 0, draw);
    return [];
  };

  function threshold(word) {
    return look.isAuto ? word.threshold : look.threshold;
  }

  function paint(canvas, size, place) {
    const word = view.words[place];
    canvas.width = size.width;
    canvas.height = size.height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(size.width, size.height);
    fill(image.data, size.picture, size.maps[place], threshold(word) * 255);
    context.putImageData(image, 0, 0);
  }

  function fill(out, picture, map, limit) {
    const table = tables[look.colormap];
    const over = look.opacity;
    const mode = look.mode;
    for (let at = 0; at < out.length; at += 4) {
      const value = map[at];
      for (let channel = 0; channel < 3; channel++) {
        const pixel = picture[at + channel];
        if (mode === "heat") out[at + channel] = pixel * (1 - over) + table[value * 3 + channel] * over;
        else if (mode === "mask") out[at + channel] = (pixel * value) / 255;
        else if (mode === "grey") out[at + channel] = value;
        else out[at + channel] = value > limit ? 255 : 0;
      }
      out[at + 3] = 255;
    }
  }

  function draw() {
    const canvas = part(".vxa-canvas");
    canvas.style.setProperty("--vxa-aspect", view.full.width / view.full.height);
    canvas.setAttribute("aria-label", `${look.mode} of “${view.words[current].text}”`);
    paint(canvas, view.full, current);
    part(".vxa-words").querySelectorAll(".vxa-word").forEach((button, place) => {
      button.setAttribute("aria-selected", String(place === current));
      button.tabIndex = place === current ? 0 : -1;
      paint(button.querySelector("canvas"), view.thumbs, place);
    });
    legend();
    readout(null);
  }

  function buildThumbs() {
    const buttons = view.words.map((word, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "vxa-word";
      button.dataset.place = place;
      button.setAttribute("role", "tab");
      button.title = `“${word.text}” = token ${word.indices.join(", ")}; highest value before scaling ${word.peak}`;
      const label = document.createElement("span");
      label.textContent = word.text;
      button.append(document.createElement("canvas"), label);
      return button;
    });
    part(".vxa-words").replaceChildren(...buttons);
  }

  function legend() {
    const bar = part(".vxa-bar");
    const context = bar.getContext("2d");
    const image = context.createImageData(256, 1);
    const limit = threshold(view.words[current]);
    for (let value = 0; value < 256; value++) {
      for (let channel = 0; channel < 3; channel++) {
        const grey = look.mode === "threshold" ? (value > limit * 255 ? 255 : 0) : value;
        image.data[value * 4 + channel] = look.mode === "heat" ? tables[look.colormap][value * 3 + channel] : grey;
      }
      image.data[value * 4 + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    part(".vxa-limit").style.left = `${limit * 100}%`;
    part(".vxa-limit").title = `threshold ${limit.toFixed(2)}${look.isAuto ? " (Otsu)" : ""}`;
  }

  // ---------------------------------------------------------------- values under the pointer

  function readout(values) {
    const line = part(".vxa-readout");
    const word = view.words[current];
    if (!values) {
      const spread = word.spread ? ` · spread over draws ±${word.spread.toFixed(2)}` : "";
      const limit = `threshold ${threshold(word).toFixed(2)}${look.isAuto ? " (Otsu)" : ""}`;
      line.textContent = `“${word.text}” · ${limit}${spread}`;
      return;
    }
    line.textContent = values.map(([text, value]) => `${value.toFixed(2)} ${text}`).join("  ·  ");
  }

  function valuesAt(event) {
    const canvas = part(".vxa-canvas");
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * view.full.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * view.full.height);
    if (x < 0 || y < 0 || x >= view.full.width || y >= view.full.height) return null;
    const at = (y * view.full.width + x) * 4;
    const values = view.words.map((word, place) => [word.text, view.full.maps[place][at] / 255]);
    return values.sort((a, b) => b[1] - a[1]).slice(0, MOST_READ);
  }

  const isOnCanvas = (event) => view && event.target.classList && event.target.classList.contains("vxa-canvas");

  document.addEventListener("pointermove", (event) => {
    if (isOnCanvas(event)) readout(valuesAt(event));
  });
  document.addEventListener("pointerdown", (event) => {
    if (isOnCanvas(event)) readout(valuesAt(event));
  });
  document.addEventListener("pointerout", (event) => {
    if (isOnCanvas(event) && event.pointerType === "mouse") readout(null);
  });

  // ---------------------------------------------------------------- choosing the word shown

  function show(place, takesFocus) {
    current = Math.min(Math.max(place, 0), view.words.length - 1);
    draw();
    const button = part(".vxa-words").children[current];
    if (takesFocus) button.focus();
    button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_viewer .vxa-word");
    if (button) show(Number(button.dataset.place), false);
  });

  document.addEventListener("keydown", (event) => {
    const isHere = view && event.target.closest && event.target.closest("#vxa_viewer");
    const steps = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: Infinity };
    if (!isHere || !(event.key in steps)) return;
    show(steps[event.key], true);
    event.preventDefault();
  });
})();
