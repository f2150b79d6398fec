// Head relevance vectors: a small heat map a concept, one of them large to pick heads in, and tables of what is alike.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const MINI = 4; // pixels of a cell in a small map's canvas
  const HINT = "Point at a head. Click picks it, Shift+click all from the last one; with the keyboard: arrows and Space.";

  let data = null; // see `read`
  let part = "heads";
  let concept = 0;
  let isShared = false;
  let lastText = "";

  const box = () => vxa.find("vxa_heads_chart");
  const inside = (selector) => box().querySelector(selector);
  const number = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

  function unpack(text, Kind) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new Kind(bytes.buffer);
  }

  // As vxa/ui/heads_view.py describes it, unpacked, and by layer the number of its first head
  function read(found) {
    const unpacked = { vectors: unpack(found.vectors, Float32Array), order: unpack(found.order, Uint16Array), cosines: unpack(found.cosines, Float32Array) };
    const counts = found.layers.map((layer) => layer.heads);
    const starts = counts.map((_, place) => counts.slice(0, place).reduce((sum, count) => sum + count, 0));
    const steps = found.steps && unpack(found.steps, Float32Array);
    return { ...found, ...unpacked, steps, starts, total: found.names.length, most: Math.max(...counts) };
  }

  // JSON from the server; the same text again changes nothing
  function show(text) {
    if (!text || text === lastText || !box()) return;
    lastText = text;
    const found = JSON.parse(text);
    box().classList.toggle("vxa-filled", !found.error);
    if (found.error) {
      data = null;
      inside(".vxa-heads-why").textContent = found.error;
      return;
    }
    const before = data && data.concepts[concept];
    data = read(found);
    concept = Math.max(0, data.concepts.indexOf(before));
    inside("[data-part=steps]").hidden = !data.steps;
    if (part === "steps" && !data.steps) part = "heads";
    inside(".vxa-heads-facts").textContent = `${data.concepts.length} concepts · ${data.layers.length} layers · ${data.total} heads`;
    const note = inside(".vxa-heads-note");
    note.textContent = data.note;
    note.hidden = !data.note;
    vxa.headsPicks.set([...vxa.headsPicks.all()].filter((index) => index < data.total));
    draw();
  }

  // ---------------------------------------------------------------- numbers

  const entry = (row, index) => data.vectors[row * data.total + index];
  const indexOf = (layer, head) => (head < data.layers[layer].heads ? data.starts[layer] + head : null);

  function top(row) {
    const from = isShared ? data.vectors : data.vectors.subarray(row * data.total, (row + 1) * data.total);
    return from.reduce((most, value) => Math.max(most, value), 0) || 1;
  }

  function sayHead(layer, head) {
    const index = indexOf(layer, head);
    const rank = data.order.subarray(concept * data.total, (concept + 1) * data.total).indexOf(index) + 1;
    return `${data.layers[layer].address}, head ${head}: ${number(entry(concept, index))} · rank ${rank} of ${data.total} · number ${index} · published as “${data.names[index]}”`;
  }

  // ---------------------------------------------------------------- drawing

  function draw() {
    box().dataset.part = part;
    box().querySelectorAll("[data-part]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.part === "scale" ? isShared : button.dataset.part === part));
    });
    inside("[data-part=scale]").disabled = part !== "heads";
    if (part === "heads") drawMinis();
    drawLarge();
    drawPicks();
  }

  function drawLarge() {
    const made = { heads: headsTable, concepts: conceptsTable, steps: stepsTable }[part]();
    inside(".vxa-heads-title b").textContent = made.title;
    const [low, high] = made.span;
    inside(".vxa-heads-legend span").textContent = number(low);
    inside(".vxa-heads-top").textContent = number(high);
    vxa.headsMatrix.build(inside(".vxa-matrix-box"), made);
  }

  function headsTable() {
    const heads = Array.from({ length: data.most }, (_, head) => String(head));
    return {
      title: data.concepts[concept], hint: HINT, rows: data.layers.map((layer) => layer.address.replace(/\.cross$/, "")), columns: heads,
      span: [0, top(concept)], index: indexOf, say: sayHead,
      value: (layer, head) => (indexOf(layer, head) === null ? null : entry(concept, indexOf(layer, head))),
    };
  }

  function conceptsTable() {
    const value = (one, other) => data.cosines[one * data.concepts.length + other];
    const say = (one, other) => `${data.concepts[one]} and ${data.concepts[other]}: cosine ${value(one, other).toFixed(3)}`;
    return { title: "How alike the heads of concepts are", hint: "Point at two concepts.", rows: data.concepts, columns: data.concepts, span: [0, 1], value, say };
  }

  function stepsTable() {
    const count = Math.round(Math.sqrt(data.steps.length));
    const names = Array.from({ length: count }, (_, step) => String(step));
    const value = (one, other) => data.steps[one * count + other];
    const say = (one, other) => `steps ${one} and ${other}: cosine ${value(one, other).toFixed(4)}`;
    // steps are much alike: a scale from 0 would show one colour
    const low = Math.min(0.9, Math.floor(10 * data.steps.reduce((least, each) => Math.min(least, each), 1)) / 10);
    return { title: "How alike steps are, from noise to picture", hint: "Point at two steps.", rows: names, columns: names, span: [low, 1], value, say };
  }

  function drawMinis() {
    const ink = getComputedStyle(box()).getPropertyValue("--vxa-ink").trim();
    const minis = data.concepts.map((name, row) => {
      const button = vxa.element("button", "vxa-mini");
      button.type = "button";
      button.dataset.concept = row;
      button.setAttribute("aria-pressed", String(row === concept));
      button.tabIndex = row === concept ? 0 : -1;
      button.append(mini(row, ink), vxa.element("span", "vxa-mini-name", name), vxa.element("span", "vxa-value", `max ${number(top(row))}`));
      button.title = `Heads of ${name}; the largest entry is ${number(top(row))}, 1 is neutral`;
      return button;
    });
    const list = inside(".vxa-minis");
    list.replaceChildren(...minis);
    list.classList.toggle("vxa-few", minis.length <= 9);
    // scrolled within its list, never the page
    const [frame, shown] = [list, minis[concept]].map((each) => each.getBoundingClientRect());
    list.scrollBy(shown.left < frame.left || shown.right > frame.right ? shown.left - frame.left : 0, shown.top < frame.top || shown.bottom > frame.bottom ? shown.top - frame.top : 0);
  }

  function mini(row, ink) {
    const canvas = vxa.element("canvas", "");
    canvas.width = data.most * MINI;
    canvas.height = data.layers.length * MINI;
    const context = canvas.getContext("2d");
    context.fillStyle = ink;
    const most = top(row);
    data.layers.forEach((layer, place) => {
      for (let head = 0; head < layer.heads; head++) {
        context.globalAlpha = Math.min(1, entry(row, indexOf(place, head)) / most);
        context.fillRect(head * MINI, place * MINI, MINI, MINI);
      }
    });
    return canvas;
  }

  function drawPicks() {
    const picked = vxa.headsPicks.all();
    vxa.headsMatrix.mark(inside(".vxa-matrix-box"), picked);
    inside(".vxa-picked").textContent = picked.size ? `${picked.size} of ${data.total} heads picked` : "no head picked";
    inside("[data-pick=none]").disabled = inside("[data-pick=rest]").disabled = !picked.size;
    inside(".vxa-picking input").max = data.total;
  }

  // ---------------------------------------------------------------- choosing

  function write(name, text) {
    const area = vxa.find(name) && vxa.find(name).querySelector("textarea, input");
    if (!area || area.value === text) return;
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function writeLens() {
    write("vxa_heads_tab_see_lens", vxa.headsPicks.text() || data.concepts[concept]);
  }

  vxa.headsPicks.listen(() => {
    if (!data) return;
    drawPicks();
    if (vxa.headsPicks.all().size) writeLens();
  });

  function choose(row) {
    concept = row;
    write("vxa_heads_tab_weaken_concept", data.concepts[row]);
    vxa.headsPicks.set([]);
    writeLens();
    draw();
  }

  function pick(how) {
    const wanted = Math.max(1, Math.min(data.total, Math.round(Number(inside(".vxa-picking input").value)) || 1));
    const picked = vxa.headsPicks.all();
    const row = data.order.subarray(concept * data.total, (concept + 1) * data.total);
    const every = Array.from({ length: data.total }, (_, index) => index);
    vxa.headsPicks.set({ top: () => row.subarray(0, wanted), rest: () => every.filter((index) => !picked.has(index)), none: () => [] }[how]());
    writeLens();
  }

  document.addEventListener("click", (event) => {
    const button = data && event.target.closest && event.target.closest("#vxa_heads_chart button");
    if (!button) return;
    if (button.dataset.concept) choose(Number(button.dataset.concept));
    else if (button.dataset.pick) pick(button.dataset.pick);
    else if (button.dataset.part === "scale") isShared = !isShared;
    else part = button.dataset.part;
    if (button.dataset.part) draw();
    if (button.dataset.concept) inside(`[data-concept="${concept}"]`).focus();
  });

  document.addEventListener("keydown", (event) => {
    const button = data && event.target.closest && event.target.closest("#vxa_heads_chart .vxa-mini");
    const steps = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" };
    const next = button && steps[event.key] && button[steps[event.key]];
    if (!next) return;
    choose(Number(next.dataset.concept));
    inside(`[data-concept="${concept}"]`).focus();
    event.preventDefault();
  });

  // small maps are drawn in the ink of light or dark
  new MutationObserver(() => data && part === "heads" && drawMinis()).observe(document.documentElement, { attributes: true, subtree: true, attributeFilter: ["class"] });

  vxa.headsVectors = {
    show,
    // The lens was typed: heads by number, or a concept by name; tells whether it means something
    lens(typed) {
      if (!data) return true;
      const found = vxa.headsPicks.read(typed, data.total);
      const row = data.concepts.findIndex((name) => name.toLowerCase() === typed.trim().toLowerCase());
      if (found && vxa.headsPicks.text() !== typed.trim()) vxa.headsPicks.set(found);
      if (row < 0) return Boolean(found);
      if (vxa.headsPicks.all().size) vxa.headsPicks.set([]);
      if (row === concept) return true;
      concept = row;
      write("vxa_heads_tab_weaken_concept", data.concepts[row]);
      draw();
      return true;
    },
    // Say what is chosen where nothing else was said
    begin() {
      if (!data) return;
      const said = vxa.find("vxa_heads_tab_weaken_concept").querySelector("textarea, input").value;
      const row = data.concepts.findIndex((name) => name.toLowerCase() === said.trim().toLowerCase());
      if (row >= 0) concept = row;
      else write("vxa_heads_tab_weaken_concept", data.concepts[concept]);
      writeLens();
      draw();
    },
  };
})();
