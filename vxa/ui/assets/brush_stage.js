// The canvas: shows picture and layers, and turns pointers into strokes. Mouse, pen and finger are pointers alike;
// two fingers zoom and move, as do Ctrl with the wheel and the middle button.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const { layers, cover } = vxa;
  // How opaque layers are by their strength: over a picture less, so that it can be seen
  const ALPHA = { picture: [0.25, 0.3], paper: [0.45, 0.35], most: 0.9, leftOut: 0.4 };
  const SMALLEST = 2; // canvas pixels

  const brush = { tool: "paint", size: 12, hardness: 0.8, usesPressure: true, showsPicture: true };
  let backdrop = null; // what lies under the layers
  let isDirty = true;
  let stroke = null; // {layer, before, stroke, box, erases, last, id}
  let lastPoint = null; // where a straight line begins
  const blurs = "filter" in CanvasRenderingContext2D.prototype; // older Safari shows hard borders

  const box = () => vxa.find("vxa_brush");
  const canvas = () => box() && box().querySelector(".vxa-brush-canvas");
  const frameOf = (event) => event.target.closest && event.target.closest("#vxa_brush .vxa-brush-frame");

  // ---------------------------------------------------------------- drawing

  function alphaOf(layer, isOverPicture) {
    const [least, more] = isOverPicture ? ALPHA.picture : ALPHA.paper;
    return Math.min(least + more * Math.abs(layer.strength), ALPHA.most) * (layer.why ? ALPHA.leftOut : 1);
  }

  function frame() {
    const shown = canvas();
    if (shown && isDirty && shown.offsetParent !== null) {
      isDirty = false;
      const { size, full } = layers;
      if (shown.width !== size.width) shown.width = size.width;
      if (shown.height !== size.height) shown.height = size.height;
      box().style.setProperty("--vxa-aspect", size.width / size.height);
      const context = shown.getContext("2d");
      const isOverPicture = backdrop && brush.showsPicture;
      context.clearRect(0, 0, size.width, size.height);
      if (isOverPicture) context.drawImage(backdrop, 0, 0, size.width, size.height);
      for (const layer of layers.all) {
        if (layer.isHidden) continue;
        context.globalAlpha = alphaOf(layer, isOverPicture);
        if (blurs && layer.feather) context.filter = `blur(${(layer.feather * size.width) / full.width}px)`;
        context.drawImage(layer.canvas, 0, 0);
        if (blurs) context.filter = "none";
      }
      context.globalAlpha = 1;
    }
    requestAnimationFrame(frame);
  }

  layers.listen(() => (isDirty = true));

  // ---------------------------------------------------------------- strokes

  // Where an event is, in pixels of the canvas; zoom and scrolling are in the rectangle
  function place(event) {
    const area = canvas().getBoundingClientRect();
    const { size } = layers;
    const isPen = event.pointerType === "pen" && brush.usesPressure && event.pressure > 0;
    return {
      x: ((event.clientX - area.left) / area.width) * size.width,
      y: ((event.clientY - area.top) / area.height) * size.height,
      radius: Math.max(SMALLEST, diameter() / 2) * (isPen ? 0.25 + 0.75 * event.pressure : 1),
    };
  }

  // The size is in hundredths of the shorter side, so that it means the same on every picture
  const diameter = () => (brush.size / 100) * Math.min(layers.size.width, layers.size.height);

  function begin(event) {
    const layer = layers.current;
    if (!layer) return vxa.brush.say("Choose a word above: what you paint belongs to it.", true);
    if (layer.isHidden) layers.set(layer, { isHidden: false });
    const at = place(event);
    if (brush.tool === "fill") return fill(layer, at);
    const ERASER = 32; // the other end of a pen
    stroke = {
      id: event.pointerId,
      layer,
      before: layer.cover.slice(),
      stroke: new Uint8ClampedArray(layer.cover.length),
      box: null,
      erases: brush.tool === "erase" || event.altKey || Boolean(event.buttons & ERASER),
      last: event.shiftKey && lastPoint ? lastPoint : at,
    };
    extend(at);
  }

  function extend(at) {
    const { size } = layers;
    const drawn = cover.draw(stroke.stroke, size, stroke.last, at, brush.hardness);
    cover.blend(stroke.layer.cover, stroke.before, stroke.stroke, size, drawn, stroke.erases);
    if (drawn.width && drawn.height) stroke.box = cover.joined(stroke.box, drawn);
    stroke.last = at;
    layers.refresh(stroke.layer, drawn);
  }

  function end() {
    if (!stroke) return;
    const { layer, before, box: drawn, last } = stroke;
    stroke = null;
    lastPoint = last;
    if (drawn) layers.changed(layer, drawn, cover.take(before, layers.size, drawn));
  }

  function giveUp() {
    if (!stroke) return;
    stroke.layer.cover.set(stroke.before);
    layers.refresh(stroke.layer);
    stroke = null;
  }

  function fill(layer, at) {
    const { width, height } = layers.size;
    const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const next = layer.cover.slice();
    cover.fill(next, layers.size, y * width + x);
    layers.replace(layer, next);
  }

  // ---------------------------------------------------------------- pointers

  document.addEventListener("pointerdown", (event) => {
    const inside = frameOf(event);
    if (!inside) return;
    inside.focus({ preventScroll: true });
    if (vxa.brushZoom.begin(event, inside)) giveUp();
    else if (event.button === 0 || event.button === 5) {
      event.preventDefault();
      inside.setPointerCapture(event.pointerId);
      begin(event);
    }
    ring(event);
  });

  document.addEventListener("pointermove", (event) => {
    if (vxa.brushZoom.move(event)) return ring(null);
    if (stroke && event.pointerId === stroke.id) {
      // browsers join several moves into one event
      const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const part of parts.length ? parts : [event]) extend(place(part));
    }
    ring(frameOf(event) ? event : null);
  });

  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, (event) => {
      vxa.brushZoom.end(event);
      if (!stroke || event.pointerId !== stroke.id) return;
      if (name === "pointerup") end();
      else giveUp();
    });
  }

  // The brush's outline under the pointer
  function ring(event) {
    const circle = box() && box().querySelector(".vxa-brush-ring");
    if (!circle) return;
    const isShown = event && event.pointerType !== "touch" && brush.tool !== "fill";
    circle.style.display = isShown ? "block" : "none";
    if (!isShown) return;
    const area = canvas().getBoundingClientRect();
    const outer = circle.parentElement.getBoundingClientRect();
    const across = (diameter() * area.width) / layers.size.width;
    circle.style.width = circle.style.height = `${across}px`;
    circle.style.left = `${event.clientX - outer.left}px`;
    circle.style.top = `${event.clientY - outer.top}px`;
  }

  vxa.brushStage = {
    brush,
    redraw: () => (isDirty = true),
    isDrawing: () => stroke !== null,
    show(image) {
      backdrop = image;
      isDirty = true;
    },
  };
  requestAnimationFrame(frame);
})();
