// Words to choose and the list of layers. Built with textContent only: prompts are other people's text.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const { layers } = vxa;

  let words = []; // {name, text}: as the job calls them, and as they stand in the prompt
  let anchor = null; // place where a phrase begins
  let focused = 0; // place of the chip that the Tab key reaches

  const box = () => vxa.find("vxa_brush");
  const part = (selector) => box().querySelector(selector);

  function counted(layer) {
    if (layer.isEmpty !== false) return "empty";
    return layer.blobs === 1 ? "1 blob" : `${layer.blobs} blobs`;
  }

  // ---------------------------------------------------------------- chips

  function chip(word, place) {
    const button = vxa.element("button", "vxa-chip");
    const layer = layers.find(word.name);
    const isCurrent = Boolean(layers.current) && isIn(word, layers.current);
    button.type = "button";
    button.dataset.place = place;
    button.tabIndex = place === focused ? 0 : -1;
    button.setAttribute("aria-pressed", String(isCurrent));
    button.classList.toggle("vxa-chosen", isCurrent);
    button.title = `Paint “${word.text}”. Shift-click: a phrase from the word clicked before.`;
    if (layer) button.append(dot(layer));
    button.append(vxa.element("span", "", word.text));
    return button;
  }

  // Whether a word is a layer's, or one of the phrase that is
  const isIn = (word, layer) => layer.word === word.name || (layer.text.includes(" ") && layer.text.split(" ").includes(word.text));

  function dot(layer) {
    const made = vxa.element("span", "vxa-dot");
    made.style.background = layer.color;
    return made;
  }

  function showChips() {
    const list = part("#vxa_paint_chips");
    const hadFocus = list.contains(document.activeElement);
    focused = Math.min(focused, Math.max(0, words.length - 1));
    list.replaceChildren(...words.map(chip));
    if (hadFocus) focus(focused);
  }

  function focus(place) {
    focused = Math.min(Math.max(place, 0), words.length - 1);
    const chips = part("#vxa_paint_chips").children;
    [...chips].forEach((one, other) => (one.tabIndex = other === focused ? 0 : -1));
    if (chips[focused]) chips[focused].focus();
  }

  function choose(place, isPhrase) {
    const from = isPhrase && anchor !== null ? Math.min(anchor, place) : place;
    const to = isPhrase && anchor !== null ? Math.max(anchor, place) : place;
    if (isPhrase && layers.current && layers.current.isEmpty !== false) layers.remove(layers.current);
    const texts = words.slice(from, to + 1).map((word) => word.text).join(" ");
    focused = place;
    if (!isPhrase) anchor = place;
    layers.choose(from === to ? words[place].name : texts, texts);
    vxa.brush.say(`“${texts}”: Alt erases, Shift-click draws straight, [ and ] change the size.`);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_paint_chips .vxa-chip");
    if (button) choose(Number(button.dataset.place), event.shiftKey);
  });

  document.addEventListener("keydown", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_paint_chips .vxa-chip");
    if (!button) return;
    const steps = { ArrowRight: focused + 1, ArrowLeft: focused - 1, Home: 0, End: words.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    focus(steps[event.key]);
  });

  // ---------------------------------------------------------------- layers

  function makeRow(layer) {
    const row = vxa.element("div", "vxa-row");
    row.setAttribute("role", "listitem");
    const color = vxa.element("input", "vxa-color");
    color.type = "color";
    color.setAttribute("aria-label", `Colour of “${layer.text}”`);
    color.addEventListener("input", () => layers.set(layer, { color: color.value }));
    const name = button("vxa-name", () => layers.choose(layer.word, layer.text));
    const hide = button("vxa-tool", () => layers.set(layer, { isHidden: !layer.isHidden }), "Hide");
    const remove = button("vxa-tool", () => layers.remove(layer), "Delete");
    hide.setAttribute("aria-label", `Hide “${layer.text}” on the canvas`);
    hide.title = "Only on the canvas: what is painted still counts";
    remove.setAttribute("aria-label", `Delete the layer of “${layer.text}”`);
    row.append(color, name, vxa.element("span", "vxa-value"), hide, remove);
    row.parts = { color, name, value: row.children[2], hide };
    return row;
  }

  function button(kind, act, text) {
    const made = vxa.element("button", kind, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  const rows = new WeakMap();

  function showRows() {
    const made = layers.all.map((layer) => {
      if (!rows.has(layer)) rows.set(layer, makeRow(layer));
      const row = rows.get(layer);
      const { color, name, value, hide } = row.parts;
      row.classList.toggle("vxa-current", layer === layers.current);
      row.classList.toggle("vxa-left-out", Boolean(layer.why));
      name.textContent = layer.text;
      name.setAttribute("aria-pressed", String(layer === layers.current));
      value.textContent = layer.why ? `${layer.why} · ${counted(layer)}` : counted(layer);
      hide.setAttribute("aria-pressed", String(layer.isHidden));
      if (color.value !== layer.color) color.value = layer.color;
      return row;
    });
    const list = part(".vxa-layers");
    const isSame = made.length === list.children.length && made.every((row, place) => list.children[place] === row);
    if (!isSame) list.replaceChildren(...made); // rows taken out and put back would lose the keyboard
  }

  // ---------------------------------------------------------------- the chosen layer

  function showChosen() {
    const layer = layers.current;
    part(".vxa-layer").hidden = !layer;
    part(".vxa-empty").hidden = layers.all.length > 0;
    part("[data-do=undo]").disabled = !layers.canUndo;
    part("[data-do=redo]").disabled = !layers.canRedo;
    if (!layer) return;
    const limit = layer.map ? layer.map.limit : 0;
    const values = { strength: layer.strength, feather: layer.feather, seed: layer.seed, limit };
    for (const input of box().querySelectorAll(".vxa-layer [data-layer]")) {
      const value = String(values[input.dataset.layer]);
      // not while it is typed: "1." is on the way to 1.5
      if (input !== document.activeElement || input.type === "range") input.value = value;
    }
    part("[data-layer=feather] + output").textContent = `${layer.feather} px`;
    part("[data-layer=limit] + output").textContent = limit.toFixed(2) + (layer.map && limit === layer.map.otsu ? " (Otsu)" : "");
    part("[data-of=map]").hidden = !layer.map;
  }

  vxa.brushPanel = {
    show() {
      if (!box()) return;
      showChips();
      showRows();
      showChosen();
    },
    setWords(next) {
      words = next;
      anchor = null;
    },
  };
  layers.listen((change) => change.isStroke || vxa.brushPanel.show());
})();
