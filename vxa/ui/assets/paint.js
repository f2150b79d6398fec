// Pixels of the viewer. The formulas are those of vxa/render: overlay.py, and mask.py with Pillow's Gaussian blur.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const PASSES = 3;

  const fills = {
    heat(out, picture, map, { table, opacity }) {
      const under = 1 - opacity;
      for (let at = 0, from = 0; at < out.length; at += 4, from++) {
        const row = map[from] * 3;
        out[at] = picture[at] * under + table[row] * opacity;
        out[at + 1] = picture[at + 1] * under + table[row + 1] * opacity;
        out[at + 2] = picture[at + 2] * under + table[row + 2] * opacity;
      }
    },
    mask(out, picture, map) {
      for (let at = 0, from = 0; at < out.length; at += 4, from++) {
        const part = map[from] / 255;
        for (let channel = 0; channel < 3; channel++) out[at + channel] = picture[at + channel] * part;
      }
    },
    grey(out, picture, map) {
      for (let at = 0, from = 0; at < out.length; at += 4, from++) out[at] = out[at + 1] = out[at + 2] = map[from];
    },
  };

  // Sums over a window of radius `reach` (a fraction counts in part), along lines of `step` apart values; edges repeat
  function boxBlur(from, to, length, step, start, reach) {
    const whole = Math.floor(reach);
    const part = reach - whole;
    const share = 1 / (2 * reach + 1);
    const at = (place) => from[start + Math.min(Math.max(place, 0), length - 1) * step];
    let sum = 0;
    for (let place = -whole; place <= whole; place++) sum += at(place);
    for (let place = 0; place < length; place++) {
      to[start + place * step] = (sum + part * (at(place - whole - 1) + at(place + whole + 1))) * share;
      sum += at(place + whole + 1) - at(place - whole);
    }
  }

  // A Gaussian as Pillow makes it: three box blurs of the same variance
  function blurred(mask, width, height, deviation) {
    const variance = (deviation * deviation) / PASSES;
    const whole = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
    const part = ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) ** 2));
    let from = Float32Array.from(mask);
    let to = new Float32Array(from.length);
    for (let pass = 0; pass < PASSES; pass++) {
      for (let y = 0; y < height; y++) boxBlur(from, to, width, 1, y * width, whole + part);
      [from, to] = [to, from];
    }
    for (let pass = 0; pass < PASSES; pass++) {
      for (let x = 0; x < width; x++) boxBlur(from, to, height, width, x, whole + part);
      [from, to] = [to, from];
    }
    return from;
  }

  // The mask that would be handed over: levels 0 to 255
  function cut(map, { limit, invert, feather }, { width, height, scale }) {
    const inside = invert ? 0 : 255;
    const mask = map.map((value) => (value > limit * 255 ? inside : 255 - inside));
    return feather > 0 ? blurred(mask, width, height, feather * scale).map(Math.round) : mask;
  }

  // `layers`: {width, height, scale, picture}; `look`: mode, table, opacity, limit, feather, invert
  vxa.paint = function (canvas, layers, map, look) {
    canvas.width = layers.width;
    canvas.height = layers.height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(layers.width, layers.height);
    for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
    if (look.mode === "threshold") fills.grey(image.data, layers.picture, cut(map, look, layers));
    else fills[look.mode](image.data, layers.picture, map, look);
    context.putImageData(image, 0, 0);
  };

  // The scale under the viewer, dark to bright
  vxa.paintScale = function (canvas, look) {
    const levels = Uint8ClampedArray.from({ length: 256 }, (_, level) => level);
    const white = new Uint8ClampedArray(4 * 256).fill(255);
    const layers = { width: 256, height: 1, scale: 0, picture: white };
    vxa.paint(canvas, layers, levels, { ...look, opacity: 1, feather: 0 });
  };

  // A picture from the server as pixels, four values each
  vxa.pixels = async function (url, width, height) {
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
  };

  vxa.levels = async function (url, width, height) {
    const pixels = await vxa.pixels(url, width, height);
    return new Uint8ClampedArray(width * height).map((_, place) => pixels[4 * place]);
  };
})();
