// Zoom and pan: one view of the picture, shared by all words shown side by side.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const MOST = 32;
  const STEP = 1.5;

  // Where the picture's corner lies, in parts of the frame, and how much larger than the frame it is
  const at = { scale: 1, x: 0, y: 0 };
  const fingers = new Map();
  let wasDragged = false;

  const viewer = () => vxa.find("vxa_viewer");
  const frameOf = (event) => event.target.closest && event.target.closest("#vxa_viewer .vxa-frame");
  const within = (value, low, high) => Math.min(Math.max(value, low), high);

  function place(frame, x, y) {
    const box = frame.getBoundingClientRect();
    return { x: (x - box.left) / box.width, y: (y - box.top) / box.height };
  }

  function apply() {
    at.scale = within(at.scale, 1, MOST);
    at.x = within(at.x, 1 - at.scale, 0);
    at.y = within(at.y, 1 - at.scale, 0);
    const box = viewer();
    box.style.setProperty("--vxa-scale", at.scale);
    box.style.setProperty("--vxa-x", `${at.x * 100}%`);
    box.style.setProperty("--vxa-y", `${at.y * 100}%`);
    box.classList.toggle("vxa-zoomed", at.scale > 1);
    box.classList.toggle("vxa-blocky", at.scale >= 4);
    box.querySelector(".vxa-zoom").textContent = `${Math.round(at.scale * 100)}%`;
  }

  function zoomTo(scale, point) {
    const next = within(scale, 1, MOST);
    const middle = point || { x: 0.5, y: 0.5 };
    at.x = middle.x - ((middle.x - at.x) / at.scale) * next;
    at.y = middle.y - ((middle.y - at.y) / at.scale) * next;
    at.scale = next;
    apply();
  }

  function pan(x, y) {
    at.x += x;
    at.y += y;
    apply();
  }

  vxa.zoom = {
    in: () => zoomTo(at.scale * STEP),
    out: () => zoomTo(at.scale / STEP),
    fit: () => zoomTo(1),
    pan,
    isIn: () => at.scale > 1,
    wasDragged: () => wasDragged,
    // Where in the picture an event is, in parts of it; null outside
    spot(event) {
      const frame = frameOf(event);
      if (!frame) return null;
      const point = place(frame, event.clientX, event.clientY);
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
    zoomTo(at.scale * Math.exp(-within(event.deltaY, -100, 100) / 300), place(frame, event.clientX, event.clientY));
  }, { passive: false });

  document.addEventListener("dblclick", (event) => {
    const frame = frameOf(event);
    if (frame) zoomTo(at.scale > 1 ? 1 : 3, place(frame, event.clientX, event.clientY));
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
    if (!finger) return;
    const box = finger.frame.getBoundingClientRect();
    const before = spread();
    const x = (event.clientX - finger.x) / box.width;
    const y = (event.clientY - finger.y) / box.height;
    if (fingers.size === 1 && at.scale === 1) return;
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (Math.abs(x) + Math.abs(y) > 0.002) wasDragged = true;
    if (fingers.size === 2 && before) {
      const now = spread();
      zoomTo((at.scale * now.width) / before.width, place(finger.frame, now.x, now.y));
    }
    pan(x / fingers.size, y / fingers.size);
  });

  // Middle and distance of two fingers
  function spread() {
    if (fingers.size !== 2) return null;
    const [one, other] = [...fingers.values()];
    const width = Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, width };
  }

  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }
})();
