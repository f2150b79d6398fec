// Zoom and pan: one view of the picture, shared by all words shown side by side.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const MOST = 32;

  const fingers = new Map();
  let wasDragged = false;

  const frameOf = (event) => event.target.closest && event.target.closest("#vxa_viewer .vxa-frame");
  const placeOf = (event, frame) => vxa.placeIn(frame, event.clientX, event.clientY);

  const view = vxa.makeView(MOST, ({ scale, x, y }) => {
    const box = vxa.find("vxa_viewer");
    box.style.setProperty("--vxa-scale", scale);
    box.style.setProperty("--vxa-x", `${x * 100}%`);
    box.style.setProperty("--vxa-y", `${y * 100}%`);
    box.classList.toggle("vxa-zoomed", scale > 1);
    box.classList.toggle("vxa-blocky", scale >= 4);
    box.querySelector(".vxa-zoom").textContent = `${Math.round(scale * 100)}%`;
  });
  const at = view.at;

  vxa.zoom = {
    in: view.in,
    out: view.out,
    fit: view.fit,
    pan: view.pan,
    isIn: () => at.scale > 1,
    wasDragged: () => wasDragged,
    // Where in the picture an event is, in parts of it; null outside
    spot(event) {
      const frame = frameOf(event);
      if (!frame) return null;
      const point = placeOf(event, frame);
      const spot = { x: (point.x - at.x) / at.scale, y: (point.y - at.y) / at.scale };
      return spot.x >= 0 && spot.x < 1 && spot.y >= 0 && spot.y < 1 ? spot : null;
    },
  };

  // A page must scroll past the viewer: the bare wheel zooms only once the picture was clicked
  document.addEventListener("wheel", (event) => {
    const frame = frameOf(event);
    const isOurs = frame && (event.ctrlKey || event.metaKey || frame.closest(".vxa-stage").contains(document.activeElement));
    if (!isOurs || (event.deltaY > 0 && at.scale === 1 && !event.ctrlKey)) return;
    event.preventDefault();
    view.wheel(event, frame);
  }, { passive: false });

  document.addEventListener("dblclick", (event) => {
    const frame = frameOf(event);
    if (frame) view.zoomTo(at.scale > 1 ? 1 : 3, placeOf(event, frame));
  });

  document.addEventListener("pointerdown", (event) => {
    const frame = frameOf(event);
    if (!frame || event.button) return;
    if (!fingers.size) wasDragged = false;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, frame });
    if (at.scale > 1) frame.setPointerCapture(event.pointerId);
  });

  document.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger || (fingers.size === 1 && at.scale === 1)) return;
    const box = finger.frame.getBoundingClientRect();
    const before = fingers.size === 2 && vxa.spreadOf(fingers);
    const x = (event.clientX - finger.x) / box.width;
    const y = (event.clientY - finger.y) / box.height;
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (Math.abs(x) + Math.abs(y) > 0.002) wasDragged = true;
    if (before) view.pinch(before, vxa.spreadOf(fingers), finger.frame);
    view.pan(x / fingers.size, y / fingers.size);
  });

  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }
})();
