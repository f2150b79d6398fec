// What came of a painting: the picture, compared with others, and for each word what was painted beside where it looks.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const { cover, coverPicture, layers } = vxa;
  const THUMB = 96; // pixels
  const SMALLEST_SIDE = 512; // of what is shown, so that outlines are thin on small pictures
  const LARGEST_SIDE = 1024;
  const NAMES = { plain: "without painting", begun: "begun with" };

  let views = []; // {name, title, text, share, canvas, painted} to compare with
  let drawn = null;
  let chosen = null; // name of a view
  let lastText = "";

  const box = () => vxa.find("vxa_painted");
  const part = (selector) => box().querySelector(selector);
  const percent = (share) => `${Math.round(100 * share)} %`;

  async function picture(url, size) {
    const canvas = coverPicture.blank(size);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(await coverPicture.load(url), 0, 0, size.width, size.height);
    return canvas;
  }

  // Trace the border of what was painted: white between dark lines, so that it shows on any colour
  function outline(canvas, mask, { width, height }) {
    const context = canvas.getContext("2d");
    const image = context.getImageData(0, 0, width, height);
    const isIn = (x, y) => x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] >= 128;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isNear = (far) => [[far, 0], [-far, 0], [0, far], [0, -far]].some(([a, b]) => isIn(x + a, y + b) !== isIn(x, y));
        const level = isNear(1) ? 255 : isNear(2) ? 20 : -1;
        if (level >= 0) image.data.fill(level, 4 * (y * width + x), 4 * (y * width + x) + 3);
      }
    }
    context.putImageData(image, 0, 0);
  }

  async function wordView(word, size) {
    const map = await picture(word.map, size);
    const found = await coverPicture.fromUrl(word.mask);
    const mask = cover.resized(found.cover, found.size, size);
    outline(map, mask, size);
    const layer = layers.find(word.word);
    const tint = coverPicture.blank(size);
    const whole = { left: 0, top: 0, ...size };
    coverPicture.tint(tint, mask, size, whole, coverPicture.parts(layer ? layer.color : "#3e7bfa"));
    const painted = coverPicture.blank(size);
    const context = painted.getContext("2d");
    context.drawImage(drawn, 0, 0);
    context.fillStyle = "rgba(128, 128, 128, .55)";
    context.fillRect(0, 0, size.width, size.height);
    context.globalAlpha = 0.8;
    context.drawImage(tint, 0, 0);
    const title = `where “${word.text}” looks: ${percent(word.inside)} of it inside`;
    const share = `${percent(word.inside)} inside · ${percent(word.area)} by chance`;
    return { name: word.word, title, text: word.text, share, canvas: map, painted };
  }

  // JSON from the server; the same text again changes nothing
  async function show(text) {
    if (!text || text === lastText || !box()) return [];
    lastText = text;
    const answer = JSON.parse(text);
    const long = Math.max(answer.width, answer.height);
    const scale = Math.max(1, Math.ceil(SMALLEST_SIDE / long)) * Math.min(1, LARGEST_SIDE / long);
    const size = { width: Math.round(answer.width * scale), height: Math.round(answer.height * scale) };
    drawn = await picture(answer.pictures.picture, size);
    const others = Object.keys(NAMES).filter((name) => answer.pictures[name]);
    const made = others.map(async (name) => ({
      name: `:${name}`, title: NAMES[name], text: NAMES[name], share: "", canvas: await picture(answer.pictures[name], size),
    }));
    const found = await Promise.all([...made, ...answer.words.map((word) => wordView(word, size))]);
    if (text !== lastText) return []; // a newer one came meanwhile
    views = found;
    if (!views.some((view) => view.name === chosen)) chosen = others.length ? `:${others[0]}` : null;
    box().classList.add("vxa-filled");
    box().style.setProperty("--vxa-aspect", size.width / size.height);
    part(".vxa-views").replaceChildren(...views.map(card));
    arrange();
    return [];
  }

  function small(canvas) {
    const shrink = Math.min(1, THUMB / Math.max(canvas.width, canvas.height));
    const made = coverPicture.blank({ width: Math.round(canvas.width * shrink), height: Math.round(canvas.height * shrink) });
    const context = made.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, made.width, made.height);
    return made;
  }

  function card(view) {
    const button = vxa.element("button", "vxa-view");
    button.type = "button";
    button.dataset.view = view.name;
    button.title = view.painted ? `What was painted, and ${view.title}` : `Compare with it ${view.title}`;
    const pictures = vxa.element("span", "vxa-view-pictures");
    if (view.painted) pictures.append(small(view.painted));
    pictures.append(small(view.canvas));
    button.append(pictures, vxa.element("span", "vxa-view-name", view.text), vxa.element("span", "vxa-value", view.share));
    return button;
  }

  function arrange() {
    const view = views.find((one) => one.name === chosen);
    const shown = (canvas, title) => ({ url: canvas.toDataURL(), title });
    vxa.compared.show(box(), shown(drawn, "drawn"), view ? shown(view.canvas, view.title) : null);
    for (const button of box().querySelectorAll(".vxa-view")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === chosen));
    }
  }

  document.addEventListener("click", (event) => {
    const button = drawn && event.target.closest && event.target.closest("#vxa_painted .vxa-view");
    if (!button) return;
    chosen = chosen === button.dataset.view ? null : button.dataset.view;
    arrange();
  });

  vxa.painted = { show };
})();
