// The layers: one a word, with what covers it, how strongly it counts, and everything that can be undone.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const { cover, coverPicture } = vxa;
  const COLORS = ["#e5484d", "#3e7bfa", "#30a46c", "#f5a524", "#8e4ec6", "#12a5c4", "#d6409f", "#9a7d1a"];
  const MOST_UNDONE = 200;
  const MOST_BYTES = 96e6;

  let size = { width: 512, height: 512 }; // of every cover
  let full = { width: 512, height: 512 }; // of the picture drawn
  let all = [];
  let current = null;
  let done = [];
  let undone = [];
  const heard = []; // told after every change

  const whole = () => ({ left: 0, top: 0, ...size });
  const tell = (change) => heard.forEach((listener) => listener(change || { isStroke: false }));
  const find = (word) => all.find((layer) => layer.word === word) || null;

  function make(word, text) {
    const used = new Set(all.map((layer) => layer.color));
    const color = COLORS.find((one) => !used.has(one)) || COLORS[all.length % COLORS.length];
    return {
      word, // as the job calls it
      text, // as the prompt writes it
      color,
      cover: new Uint8ClampedArray(size.width * size.height),
      canvas: coverPicture.blank(size),
      strength: 1,
      feather: 0,
      seed: "",
      isHidden: false,
      why: "", // the prompt no longer has it
      blobs: 0,
      map: null, // {cover, limit, otsu} where it was begun from the word's map
    };
  }

  function refresh(layer, box) {
    coverPicture.tint(layer.canvas, layer.cover, size, box || whole(), coverPicture.parts(layer.color));
    tell({ isStroke: true }); // a stroke going on: nothing but the canvas changes
  }

  function recount(layer) {
    layer.blobs = cover.countBlobs(layer.cover, size);
    layer.isEmpty = !layer.cover.some((value) => value > 0);
  }

  // ---------------------------------------------------------------- what can be undone

  function remember(step) {
    done.push(step);
    undone = [];
    let bytes = done.reduce((sum, one) => sum + (one.bytes || 0), 0);
    while (done.length > MOST_UNDONE || (bytes > MOST_BYTES && done.length > 1)) bytes -= done.shift().bytes || 0;
  }

  // What a layer's cover was before a change that has been made, within a box. Changes in a row that join, such as
  // those of a slider that is drawn along, are undone together.
  function changed(layer, box, before, joins) {
    const after = cover.take(layer.cover, size, box);
    const show = (part) => () => {
      cover.put(layer.cover, size, box, part);
      current = layer;
      recount(layer);
      refresh(layer, box);
    };
    const last = done[done.length - 1];
    if (joins && last && last.layer === layer && last.joins === joins) {
      last.redo = show(after);
      undone = [];
    } else remember({ layer, joins, bytes: 2 * after.length, undo: show(before), redo: show(after) });
    recount(layer);
    refresh(layer, box);
    tell();
  }

  // Put another cover in a layer's place
  function replace(layer, next, joins) {
    const before = layer.cover.slice();
    layer.cover.set(next);
    layer.isHidden = false;
    changed(layer, whole(), before, joins);
  }

  function setAll(next, chosen) {
    all = next;
    current = chosen;
    tell();
  }

  function relist(next, chosen) {
    const [before, was] = [all, current];
    remember({ undo: () => setAll(before, was), redo: () => setAll(next, chosen) });
    setAll(next, chosen);
  }

  function step(from, to, way) {
    const last = from.pop();
    if (!last) return;
    to.push(last);
    last[way]();
    tell();
  }

  // ---------------------------------------------------------------- sizes

  function fitted(next, to) {
    next.cover = cover.resized(next.cover, size, to);
    if (next.map) next.map.cover = cover.resized(next.map.cover, size, to);
    next.canvas = coverPicture.blank(to);
  }

  // Another picture or size: what is painted is stretched along, and cannot be undone any further
  function resize(to, pictureSize) {
    full = pictureSize;
    if (to.width === size.width && to.height === size.height) return tell();
    all.forEach((layer) => fitted(layer, to));
    size = to;
    done = [];
    undone = [];
    all.forEach((layer) => refresh(layer));
    all.forEach(recount);
    tell();
  }

  vxa.layers = {
    get size() { return size; },
    get full() { return full; },
    get all() { return all; },
    get current() { return current; },
    get canUndo() { return done.length > 0; },
    get canRedo() { return undone.length > 0; },
    listen: (listener) => heard.push(listener),
    find,
    resize,
    changed,
    replace,
    refresh,
    recount,
    tell,
    undo: () => step(done, undone, "undo"),
    redo: () => step(undone, done, "redo"),
    // Choose a word's layer, made if there is none
    choose(word, text) {
      const found = find(word);
      if (found) setAll(all, found);
      else {
        const layer = make(word, text);
        relist([...all, layer], layer);
      }
    },
    remove(layer) {
      const rest = all.filter((one) => one !== layer);
      relist(rest, current === layer ? rest[rest.length - 1] || null : current);
    },
    // Change how a layer is used or shown
    set(layer, changes) {
      Object.assign(layer, changes);
      if (changes.color) refresh(layer);
      tell();
    },
    whole,
  };
})();
