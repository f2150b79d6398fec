// Zoom and pan of the canvas: two fingers, Ctrl and the wheel, the middle button, or the tools.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const MOST = 16;

  const fingers = new Map();
  let grabbed = null; // pointer that drags the canvas

  const frame = () => vxa.find("vxa_brush").querySelector(".vxa-brush-frame");

  const view = vxa.makeView(MOST, ({ scale, x, y }) => {
    const box = vxa.find("vxa_brush");
    box.style.setProperty("--vxa-scale", scale);
    box.style.setProperty("--vxa-x", `${x * 100}%`);
    box.style.setProperty("--vxa-y", `${y * 100}%`);
    box.querySelector("[data-do=fit]").textContent = `${Math.round(scale * 100)}%`;
  });

  function panBy(before, now) {
    const box = frame().getBoundingClientRect();
    view.pan((now.x - before.x) / box.width, (now.y - before.y) / box.height);
  }

  document.addEventListener("wheel", (event) => {
    const isOurs = event.target.closest && event.target.closest("#vxa_brush .vxa-brush-frame");
    if (!isOurs || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    view.wheel(event, frame());
  }, { passive: false });

  vxa.brushZoom = {
    in: view.in,
    out: view.out,
    fit: view.fit,
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
        panBy(grabbed, point);
        Object.assign(grabbed, point);
        return true;
      }
      if (!fingers.has(event.pointerId)) return false;
      if (fingers.size !== 2) {
        fingers.set(event.pointerId, point);
        return fingers.size > 2;
      }
      const before = vxa.spreadOf(fingers);
      fingers.set(event.pointerId, point);
      const now = vxa.spreadOf(fingers);
      panBy(before, now);
      view.pinch(before, now, frame());
      return true;
    },
    end(event) {
      fingers.delete(event.pointerId);
      if (grabbed && grabbed.id === event.pointerId) grabbed = null;
    },
  };
})();
