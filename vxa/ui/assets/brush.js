// The brush: what its tools and keys do, and what it and the server tell each other.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const { layers, cover, coverPicture, brushStage: stage } = vxa;
  const TYPING_PAUSE = 250;
  const LONG_SIDE = [512, 1024]; // of the canvas: strokes stay smooth on small pictures, large ones stay quick

  const box = () => vxa.find("vxa_brush");
  const part = (selector) => box().querySelector(selector);
  let lastMap = ""; // what the server said last
  let lastCanvas = "";
  let lastComplaint = "";

  function say(text, isWrong) {
    const line = part(".vxa-brush-hint");
    line.textContent = text;
    line.classList.toggle("vxa-wrong", Boolean(isWrong));
  }

  // ---------------------------------------------------------------- tools

  function setTool(tool) {
    stage.brush.tool = tool;
    box().dataset.cursor = tool === "fill" ? "cell" : "";
    for (const button of box().querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
  }

  function setBrush(name, value) {
    const input = part(`[data-brush=${name}]`);
    input.value = value;
    input.nextElementSibling.textContent = `${input.value}%`;
    stage.brush[name] = name === "size" ? Number(input.value) : Number(input.value) / 100;
  }

  function change(layer, function_) {
    layers.replace(layer, layer.cover.map(function_));
  }

  const acts = {
    undo: () => layers.undo(),
    redo: () => layers.redo(),
    in: () => vxa.brushZoom.in(),
    out: () => vxa.brushZoom.out(),
    fit: () => vxa.brushZoom.fit(),
    picture(button) {
      stage.brush.showsPicture = !stage.brush.showsPicture;
      button.setAttribute("aria-pressed", String(stage.brush.showsPicture));
      stage.redraw();
    },
    map() {
      if (vxa.find("vxa_paint").classList.contains("vxa-running")) return;
      vxa.click("vxa_paint_map");
    },
    upload: () => part(".vxa-brush-file").click(),
    download() {
      const layer = layers.current;
      const link = document.createElement("a");
      link.href = coverPicture.toUrl(cover.resized(layer.cover, layers.size, layers.full), layers.full);
      link.download = `${layer.text.replace(/[^\p{L}\p{N}.-]+/gu, "_")}-mask.png`;
      link.click();
    },
    invert: () => change(layers.current, (value) => 255 - value),
    clear: () => change(layers.current, () => 0),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_brush [data-do], #vxa_brush [data-tool]");
    if (!button || button.disabled) return;
    if (button.dataset.tool) setTool(button.dataset.tool);
    else acts[button.dataset.do](button);
  });

  document.addEventListener("input", (event) => {
    const input = event.target.closest && event.target.closest("#vxa_brush [data-brush], #vxa_brush [data-layer]");
    if (!input) return;
    if (input.dataset.brush === "pressure") stage.brush.usesPressure = input.checked;
    else if (input.dataset.brush) setBrush(input.dataset.brush, input.value);
    else if (input.dataset.layer === "limit") cut(layers.current, Number(input.value));
    else if (input.dataset.layer === "seed") layers.set(layers.current, { seed: input.value });
    else if (input.value !== "") layers.set(layers.current, { [input.dataset.layer]: Number(input.value) });
  });

  const KEYS = { b: "paint", e: "erase", g: "fill" };
  const ZOOMS = { "+": "in", "=": "in", "-": "out", 0: "fit" };

  document.addEventListener("keydown", (event) => {
    const isOnCanvas = event.target.closest && event.target.closest("#vxa_brush .vxa-brush-frame");
    if (!isOnCanvas || stage.isDrawing()) return;
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && key === "z") acts[event.shiftKey ? "redo" : "undo"]();
    else if (isCommand && key === "y") acts.redo();
    else if (isCommand || event.altKey) return;
    else if (key in KEYS) setTool(KEYS[key]);
    else if (key === "[" || key === "]") setBrush("size", stage.brush.size + (key === "]" ? 2 : -2));
    else if (key in ZOOMS) acts[ZOOMS[key]]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // ---------------------------------------------------------------- masks from files and maps

  async function take(file) {
    const layer = layers.current;
    const url = URL.createObjectURL(file);
    try {
      const found = await coverPicture.fromUrl(url);
      const { full, size } = layers;
      const [wanted, got] = [full, found.size].map(({ width, height }) => `${height}×${width}`);
      // in another size of the same shape nothing can be meant but the same places
      if (Math.abs(found.size.width * full.height - full.width * found.size.height) > Math.max(full.width, full.height)) {
        return say(`Expected a mask of ${wanted} (height×width) or of that shape; got ${got}. Scale it first.`, true);
      }
      layers.replace(layer, cover.resized(found.cover, found.size, size, true));
      say(wanted === got ? "" : `The mask was scaled from ${got} to ${wanted}.`);
    } catch (problem) {
      say("Expected a picture; got a damaged file or one of another kind. Use PNG, JPEG, WebP or the like.", true);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  document.addEventListener("change", (event) => {
    const input = event.target.closest && event.target.closest("#vxa_brush .vxa-brush-file");
    if (!input || !input.files.length) return;
    take(input.files[0]).then(() => (input.value = ""));
  });

  // Cut the word's map at a limit, with a border of a few levels so that it is smooth
  function cut(layer, limit) {
    layer.map.limit = limit;
    layers.replace(layer, layer.map.cover.map((value) => (value - 255 * limit) * 24 + 128), "limit");
  }

  async function takeMap(text) {
    if (!text || text === lastMap) return []; // nothing came: the last answer is still there
    lastMap = text;
    const answer = JSON.parse(text);
    const layer = layers.find(answer.word);
    if (!layer) return [];
    const found = await coverPicture.fromUrl(answer.map);
    layer.map = { cover: cover.resized(found.cover, found.size, layers.size), limit: answer.threshold, otsu: answer.threshold };
    if (answer.picture) show(await coverPicture.load(answer.picture));
    cut(layer, answer.threshold);
    return [];
  }

  function show(image) {
    stage.show(image);
    part("[data-do=picture]").hidden = !image;
  }

  // ---------------------------------------------------------------- told by the server

  // What is wrong with the words; once nothing is, that goes, and whatever else is said stays
  function complain(text) {
    if (text) say(text, true);
    else if (part(".vxa-brush-hint").textContent === lastComplaint) say("");
    lastComplaint = text;
  }

  function showWords(text) {
    if (!text || !box()) return [];
    const answer = JSON.parse(text);
    vxa.brushPanel.setWords(answer.words);
    for (const layer of layers.all) layer.why = answer.missing.includes(layer.word) ? "not in the prompt: left out" : "";
    const gone = layers.all.filter((layer) => layer.why).map((layer) => `“${layer.text}”`);
    const isGone = `Not in the prompt any more: ${gone.join(", ")}. What is painted is kept, and left out.`;
    complain(gone.length ? isGone : answer.error);
    layers.tell();
    return [];
  }

  async function showCanvas(text) {
    if (!text || text === lastCanvas || !box()) return [];
    lastCanvas = text;
    const answer = JSON.parse(text);
    const long = Math.max(answer.width, answer.height);
    const scale = Math.min(Math.max(long, LONG_SIDE[0]), LONG_SIDE[1]) / long;
    // small pictures by a whole factor: masks then come back from the canvas exactly as they went in
    const factor = scale > 1 ? Math.ceil(scale) : scale;
    const size = { width: Math.round(answer.width * factor), height: Math.round(answer.height * factor) };
    const image = answer.picture ? await coverPicture.load(answer.picture) : null;
    if (text !== lastCanvas) return []; // another came meanwhile
    layers.resize(size, { width: answer.width, height: answer.height });
    show(image);
    return [];
  }

  // ---------------------------------------------------------------- told to the server

  // The second input of handlers that need the layers: masks as PNG in the picture's own size, once they are wanted
  function packed(values, count) {
    const { all, size, full, current } = layers;
    const sent = all.filter((layer) => !layer.why && layer.isEmpty === false).map((layer) => ({
      word: layer.word,
      mask: coverPicture.toUrl(cover.resized(layer.cover, size, full), full),
      strength: layer.strength,
      feather: layer.feather,
      seed: layer.seed === "" ? null : Number(layer.seed),
    }));
    const [page, , ...others] = vxa.named(values, count);
    return [page, JSON.stringify({ layers: sent, chosen: current ? current.word : null }), ...others];
  }

  // Instead of them, which words have layers
  function listed(values, count) {
    const all = layers.all.map((layer) => ({ word: layer.word, text: layer.text }));
    const [page, , ...others] = vxa.named(values, count);
    return [page, JSON.stringify(all), ...others];
  }

  const typed = () => vxa.later("paint-words", TYPING_PAUSE, () => vxa.ask("vxa_paint_read"));

  vxa.brush = { say, showWords, showCanvas, takeMap, packed, listed, typed };

  // ---------------------------------------------------------------- a picture dropped on the canvas

  const isOverCanvas = (event) => event.target.closest && event.target.closest("#vxa_brush .vxa-stage");
  document.addEventListener("dragover", (event) => isOverCanvas(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!isOverCanvas(event) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    const input = vxa.find("vxa_paint_picture").querySelector("input[type=file]");
    if (!input) return say("There is a picture already: remove it below first.", true);
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
