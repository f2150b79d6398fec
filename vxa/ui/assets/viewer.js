// The viewer: picture and maps are separate layers here, so that word, mode, colours, opacity, threshold, feather and
// spread change at once.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const THUMB = 160;
  const MOST_READ = 6;

  const look = { mode: "heat", colormap: "turbo", opacity: 0.6, threshold: 0.5, isAuto: true, feather: 0, invert: false };
  let tables = null;
  let view = null; // {words, full, thumbs, top}
  let current = 0;
  let isGrid = false;
  let isSpread = false;
  let left = new Set(); // words taken out of the grid
  let lastText = "";
  let isAsked = false;

  const viewer = () => vxa.find("vxa_viewer");
  const part = (name) => viewer() && viewer().querySelector(name);
  const hasSpread = () => view.top > 0;

  function readTables() {
    const raw = JSON.parse(viewer().dataset.tables);
    tables = {};
    for (const name of Object.keys(raw)) tables[name] = Uint8Array.from(atob(raw[name]), (c) => c.charCodeAt(0));
    if (!isAsked) {
      look.opacity = Number(viewer().dataset.opacity);
      look.colormap = viewer().dataset.colormap;
    }
  }

  async function layers(data, width, height) {
    const size = { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
    const read = (url) => (url ? vxa.levels(url, size.width, size.height) : null);
    return {
      ...size,
      scale: size.width / data.full_width,
      picture: await vxa.pixels(data.picture, size.width, size.height),
      maps: await Promise.all(data.words.map((word) => read(word.map))),
      spreads: await Promise.all(data.words.map((word) => read(word.spread_map))),
    };
  }

  // JSON from the server; the same text again changes nothing
  vxa.showView = async function (text) {
    if (!text || text === lastText || !viewer()) return;
    lastText = text;
    if (!tables) readTables();
    const data = JSON.parse(text);
    const shrink = Math.min(1, THUMB / Math.max(data.width, data.height));
    const full = await layers(data, data.width, data.height);
    const thumbs = await layers(data, data.width * shrink, data.height * shrink);
    if (text !== lastText) return; // a newer one came meanwhile
    const before = view && view.words[current] && view.words[current].text;
    const gone = new Set([...left].map((place) => view.words[place].text));
    view = { words: data.words, full, thumbs, top: data.spread_top };
    current = Math.max(0, data.words.findIndex((word) => word.text === before));
    left = new Set(data.words.flatMap((word, place) => (gone.has(word.text) && place !== current ? [place] : [])));
    viewer().classList.add("vxa-filled");
    part(".vxa-stage").tabIndex = 0;
    part("[data-act=full]").hidden = !document.fullscreenEnabled; // phones may not offer it
    buildThumbs();
    arrange();
  };

  // Changes of mode, colours, opacity, threshold, feather
  vxa.look = function (changes) {
    isAsked = true;
    Object.assign(look, changes);
    if (view) vxa.later("draw", 0, draw);
    return [];
  };

  // What would be handed over, as vxa/app/hand_over.py reads it
  vxa.handed = function () {
    const threshold = look.isAuto ? null : look.threshold;
    return JSON.stringify({ word: current, mode: look.mode, threshold, feather: look.feather, invert: look.invert });
  };

  const limit = (place) => (look.isAuto ? view.words[place].threshold : look.threshold);

  function paint(canvas, size, place) {
    const isMean = !isSpread || look.mode === "threshold";
    const map = isMean ? size.maps[place] : size.spreads[place];
    vxa.paint(canvas, size, map, { ...look, limit: limit(place), table: tables[look.colormap] });
  }

  // ---------------------------------------------------------------- drawing

  function arrange() {
    if (isSpread && !hasSpread()) isSpread = false;
    const places = view.words.map((_, place) => place).filter((place) => (isGrid ? !left.has(place) : place === current));
    vxa.cells.build(part(".vxa-cells"), view.words, places);
    part("[data-act=grid]").disabled = view.words.length < 2;
    part("[data-act=spread]").disabled = !hasSpread();
    part("[data-act=grid]").setAttribute("aria-pressed", String(isGrid));
    part("[data-act=spread]").setAttribute("aria-pressed", String(isSpread));
    draw();
  }

  function draw() {
    viewer().style.setProperty("--vxa-aspect", view.full.width / view.full.height);
    for (const cell of part(".vxa-cells").children) {
      const place = Number(cell.dataset.place);
      cell.classList.toggle("vxa-current", place === current);
      const canvas = cell.querySelector("canvas");
      canvas.setAttribute("aria-label", `${isSpread ? "spread" : look.mode} of “${view.words[place].text}”`);
      paint(canvas, view.full, place);
    }
    [...part(".vxa-words").children].forEach((button, place) => {
      button.setAttribute("aria-pressed", String(isGrid ? !left.has(place) : place === current));
      button.classList.toggle("vxa-current", place === current);
      button.tabIndex = place === current ? 0 : -1;
      paint(button.querySelector("canvas"), view.thumbs, place);
    });
    legend();
    readout(null);
  }

  function buildThumbs() {
    const buttons = view.words.map((word, place) => {
      const button = vxa.element("button", "vxa-word");
      button.type = "button";
      button.dataset.place = place;
      button.title = `“${word.text}” = token ${word.indices.join(", ")}; highest value before scaling ${word.peak}`;
      const name = vxa.element("span", "vxa-name", word.text);
      button.append(document.createElement("canvas"), name, vxa.element("span", "vxa-value", ""));
      return button;
    });
    part(".vxa-words").replaceChildren(...buttons);
  }

  function legend() {
    const mode = isSpread && look.mode !== "heat" ? "grey" : look.mode;
    vxa.paintScale(part(".vxa-bar"), { ...look, mode, limit: limit(current), table: tables[look.colormap] });
    part(".vxa-limit").style.left = `${limit(current) * 100}%`;
    part(".vxa-limit").style.display = isSpread ? "none" : "";
    part(".vxa-limit").title = `threshold ${limit(current).toFixed(2)}${look.isAuto ? " (Otsu)" : ""}`;
    part(".vxa-top").textContent = isSpread ? view.top.toFixed(2) : "1";
  }

  // ---------------------------------------------------------------- values under the pointer

  function readout(spot) {
    const values = spot && valuesAt(spot);
    const line = part(".vxa-readout");
    const word = view.words[current];
    viewer().querySelectorAll("[data-place]").forEach((one) => {
      one.querySelector(".vxa-value").textContent = values ? values[one.dataset.place].toFixed(2) : "";
    });
    if (values) {
      const order = values.map((value, place) => [value, view.words[place].text]).sort((a, b) => b[0] - a[0]);
      line.textContent = order.slice(0, MOST_READ).map(([value, text]) => `${value.toFixed(2)} ${text}`).join("  ·  ");
      return;
    }
    const spread = word.spread ? ` · spread over draws ±${word.spread.toFixed(2)}` : "";
    const cut = `threshold ${limit(current).toFixed(2)}${look.isAuto ? " (Otsu)" : ""}`;
    line.textContent = `“${word.text}” · ${cut}${spread}`;
  }

  function valuesAt(spot) {
    const { width, height, maps, spreads } = view.full;
    const at = Math.floor(spot.y * height) * width + Math.floor(spot.x * width);
    const unit = isSpread ? view.top / 255 : 1 / 255;
    return (isSpread ? spreads : maps).map((map) => (map ? map[at] * unit : 0));
  }

  function point(event) {
    if (!view) return;
    const spot = vxa.zoom.spot(event);
    vxa.cells.point(part(".vxa-cells"), spot);
    readout(spot);
  }

  const isOnFrame = (event) => view && event.target.closest && event.target.closest("#vxa_viewer .vxa-frame");
  for (const name of ["pointermove", "pointerdown"]) {
    document.addEventListener(name, (event) => isOnFrame(event) && point(event));
  }
  document.addEventListener("pointerout", (event) => {
    if (!isOnFrame(event) || event.pointerType !== "mouse") return;
    vxa.cells.point(part(".vxa-cells"), null);
    readout(null);
  });

  // ---------------------------------------------------------------- choosing what is shown

  function choose(place, takesFocus) {
    current = Math.min(Math.max(place, 0), view.words.length - 1);
    if (isGrid) draw();
    else arrange();
    const button = part(".vxa-words").children[current];
    if (takesFocus) button.focus();
    const strip = part(".vxa-words"); // not scrollIntoView: the page must stay where it is
    strip.scrollLeft = Math.max(Math.min(strip.scrollLeft, button.offsetLeft), button.offsetLeft + button.offsetWidth - strip.clientWidth);
  }

  function takeOutOrIn(place) {
    if (left.has(place)) left.delete(place);
    else if (left.size < view.words.length - 1) left.add(place);
    current = left.has(place) ? view.words.findIndex((_, other) => !left.has(other)) : place;
    arrange();
  }

  const acts = {
    in: () => vxa.zoom.in(),
    out: () => vxa.zoom.out(),
    fit: () => vxa.zoom.fit(),
    grid() {
      isGrid = !isGrid;
      arrange();
    },
    spread() {
      isSpread = !isSpread;
      arrange();
    },
    full() {
      if (document.fullscreenElement) document.exitFullscreen();
      else viewer().requestFullscreen();
    },
  };

  document.addEventListener("click", (event) => {
    const target = view && event.target.closest && event.target.closest("#vxa_viewer .vxa-tool, #vxa_viewer [data-place]");
    if (!target) return;
    const place = Number(target.dataset.place);
    const isThumb = target.classList.contains("vxa-word");
    if (target.dataset.act) acts[target.dataset.act]();
    else if (isGrid && isThumb) takeOutOrIn(place);
    else if (isThumb || (isGrid && !vxa.zoom.wasDragged())) choose(place, false);
  });

  const PAN = { ArrowRight: [-0.1, 0], ArrowLeft: [0.1, 0], ArrowDown: [0, -0.1], ArrowUp: [0, 0.1] };
  const KEYS = { "+": "in", "=": "in", "-": "out", 0: "fit" };

  document.addEventListener("keydown", (event) => {
    const isHere = view && event.target.closest && event.target.closest("#vxa_viewer");
    if (!isHere || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: Infinity };
    const isOnStage = event.target.closest(".vxa-stage");
    if (event.key in KEYS) acts[KEYS[event.key]]();
    else if (isOnStage && event.key in PAN && vxa.zoom.isIn()) vxa.zoom.pan(...PAN[event.key]);
    else if (event.key in steps) choose(steps[event.key], !isOnStage);
    else return;
    event.preventDefault();
  });
})();
