// Zoom and pan of the canvas: two fingers, Ctrl and the wheel, the middle button, or the tools.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const MOST = 16;
  const STEP = 1.5;

  // Where the canvas' corner lies, in parts of the frame, and how much larger than the frame it is
  const at = { scale: 1, x: 0, y: 0 };
  const fingers = new Map();
  let grabbed = null; // pointer that drags the canvas

  const within = (value, low, high) => Math.min(Math.max(value, low), high);
  const frame = () => vxa.find("vxa_brush").querySelector(".vxa-brush-frame");

  function apply() {
    at.scale = within(at.scale, 1, MOST);
    at.x = within(at.x, 1 - at.scale, 0);
    at.y = within(at.y, 1 - at.scale, 0);
    const style = vxa.find("vxa_brush").style;
    style.setProperty("--vxa-scale", at.scale);
    style.setProperty("--vxa-x", `${at.x * 100}%`);
    style.setProperty("--vxa-y", `${at.y * 100}%`);
    vxa.find("vxa_brush").querySelector("[data-do=fit]").textContent = `${Math.round(at.scale * 100)}%`;
  }

  function zoomTo(scale, spot) {
    const next = within(scale, 1, MOST);
    const middle = spot || { x: 0.5, y: 0.5 };
    at.x = middle.x - ((middle.x - at.x) / at.scale) * next;
    at.y = middle.y - ((middle.y - at.y) / at.scale) * next;
    at.scale = next;
    apply();
  }

  function part(x, y) {
    const box = frame().getBoundingClientRect();
    return { x: (x - box.left) / box.width, y: (y - box.top) / box.height };
  }

  // Middle and distance of two fingers
  function spread() {
    const [one, other] = [...fingers.values()];
    const middle = part((one.x + other.x) / 2, (one.y + other.y) / 2);
    return { ...middle, width: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)) };
  }

  function drag(event, before) {
    const box = frame().getBoundingClientRect();
    at.x += (event.clientX - before.x) / box.width;
    at.y += (event.clientY - before.y) / box.height;
    apply();
  }

  document.addEventListener("wheel", (event) => {
    const isOurs = event.target.closest && event.target.closest("#vxa_brush .vxa-brush-frame");
    if (!isOurs || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    zoomTo(at.scale * Math.exp(-within(event.deltaY, -100, 100) / 300), part(event.clientX, event.clientY));
  }, { passive: false });

  vxa.brushZoom = {
    in: () => zoomTo(at.scale * STEP),
    out: () => zoomTo(at.scale / STEP),
    fit: () => zoomTo(1),
    // Whether a pointer begins to move the canvas rather than to paint on it
    begin(event, inside) {
      const point = { x: event.clientX, y: event.clientY };
      if (event.pointerType === "touch") {
        fingers.set(event.pointerId, point);
        return fingers.size > 1;
      }
      if (event.button !== 1) return false;
      event.preventDefault();
      inside.setPointerCapture(event.pointerId);
      grabbed = { id: event.pointerId, ...point };
      return true;
    },
    move(event) {
      const point = { x: event.clientX, y: event.clientY };
      if (grabbed && grabbed.id === event.pointerId) {
        drag(event, grabbed);
        Object.assign(grabbed, point);
        return true;
      }
      if (!fingers.has(event.pointerId)) return false;
      if (fingers.size !== 2) {
        fingers.set(event.pointerId, point);
        return fingers.size > 2;
      }
      const before = spread();
      fingers.set(event.pointerId, point);
      const now = spread();
      at.x += now.x - before.x;
      at.y += now.y - before.y;
      zoomTo((at.scale * now.width) / before.width, now);
      return true;
    },
    end(event) {
      fingers.delete(event.pointerId);
      if (grabbed && grabbed.id === event.pointerId) grabbed = null;
    },
  };
})();
