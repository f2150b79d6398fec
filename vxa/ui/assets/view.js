// A view of something that may be larger than its frame, and how wheel and fingers change it.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const STEP = 1.5;

  vxa.within = (value, low, high) => Math.min(Math.max(value, low), high);

  // A point of the window in parts of a frame
  vxa.placeIn = function (frame, x, y) {
    const box = frame.getBoundingClientRect();
    return { x: (x - box.left) / box.width, y: (y - box.top) / box.height };
  };

  // Middle and distance of the first two fingers, in the window
  vxa.spreadOf = function (fingers) {
    const [one, other] = [...fingers.values()];
    const width = Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, width };
  };

  // `apply` is called with the view after each change: how many times larger than the frame, and where the corner lies
  // in parts of the frame
  vxa.makeView = function (most, apply) {
    const at = { scale: 1, x: 0, y: 0 };

    function pan(x, y) {
      at.x = vxa.within(at.x + x, 1 - at.scale, 0);
      at.y = vxa.within(at.y + y, 1 - at.scale, 0);
      apply(at);
    }

    // What is at a point of the frame stays there
    function zoomTo(scale, point = { x: 0.5, y: 0.5 }) {
      const times = vxa.within(scale, 1, most) / at.scale;
      at.scale *= times;
      at.x = point.x - (point.x - at.x) * times;
      at.y = point.y - (point.y - at.y) * times;
      pan(0, 0);
    }

    return {
      at,
      pan,
      zoomTo,
      in: () => zoomTo(at.scale * STEP),
      out: () => zoomTo(at.scale / STEP),
      fit: () => zoomTo(1),
      wheel: (event, frame) =>
        zoomTo(at.scale * Math.exp(-vxa.within(event.deltaY, -100, 100) / 300), vxa.placeIn(frame, event.clientX, event.clientY)),
      pinch: (before, now, frame) => zoomTo((at.scale * now.width) / before.width, vxa.placeIn(frame, now.x, now.y)),
    };
  };
})();
