// Covers as pictures and back: PNG for masks that travel, colours for the canvas.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  const OUTLINE = { width: 2, shade: 0.45 };

  function blank({ width, height }) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    return canvas;
  }

  // A grey picture, white where it is covered
  function toUrl(cover, size) {
    const canvas = blank(size);
    const context = canvas.getContext("2d");
    const image = context.createImageData(size.width, size.height);
    for (let at = 0, to = 0; at < cover.length; at++, to += 4) {
      image.data[to] = image.data[to + 1] = image.data[to + 2] = cover[at];
      image.data[to + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return canvas.toDataURL("image/png");
  }

  async function load(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  }

  // A mask from a picture, in its own size. As vxa/app/editing/masks.py reads it: of pictures with transparent parts
  // what is opaque counts, of others their brightness, which is Pillow's.
  async function fromUrl(url) {
    const image = await load(url);
    const size = { width: image.naturalWidth, height: image.naturalHeight };
    const context = blank(size).getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, size.width, size.height);
    const cover = new Uint8ClampedArray(size.width * size.height);
    let isClear = false;
    for (let from = 3; from < data.length; from += 4) isClear = isClear || data[from] < 255;
    for (let at = 0, from = 0; at < cover.length; at++, from += 4) {
      const grey = (19595 * data[from] + 38470 * data[from + 1] + 7471 * data[from + 2] + 32768) >> 16;
      cover[at] = isClear ? data[from + 3] : grey;
    }
    return { cover, size };
  }

  // Bring a part of a canvas up to date: the colour, as opaque as the layer is covered, with a darker outline that shows
  // on a picture of the same colour
  function tint(canvas, cover, size, part, color) {
    const box = grown(part, size);
    if (!box.width || !box.height) return;
    const dark = color.map((value) => value * OUTLINE.shade);
    const reach = OUTLINE.width * size.width;
    const context = canvas.getContext("2d");
    const image = context.createImageData(box.width, box.height);
    for (let y = 0, to = 0; y < box.height; y++) {
      let at = (box.top + y) * size.width + box.left;
      for (let x = 0; x < box.width; x++, at++, to += 4) {
        const isRim = cover[at] >= 128 && (cover[at - OUTLINE.width] < 128 || cover[at + OUTLINE.width] < 128 ||
          cover[at - reach] < 128 || cover[at + reach] < 128);
        const [red, green, blue] = isRim ? dark : color;
        image.data[to] = red;
        image.data[to + 1] = green;
        image.data[to + 2] = blue;
        image.data[to + 3] = cover[at];
      }
    }
    context.putImageData(image, box.left, box.top);
  }

  // A box with what outlines of its pixels may touch
  function grown(box, size) {
    const [left, top] = [box.left, box.top].map((side) => Math.max(0, side - OUTLINE.width));
    const right = Math.min(size.width, box.left + box.width + OUTLINE.width);
    const bottom = Math.min(size.height, box.top + box.height + OUTLINE.width);
    return { left, top, width: right - left, height: bottom - top };
  }

  const parts = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

  vxa.coverPicture = { blank, load, toUrl, fromUrl, tint, parts };
})();
