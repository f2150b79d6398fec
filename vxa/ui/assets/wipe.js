// Two pictures one over the other with a line between them, to be moved by mouse, finger or keyboard.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const STEP = 0.02;
  const STRIDE = 0.1;

  let dragged = null; // pointer that moves the line

  const frameOf = (event) => event.target.closest && event.target.closest("#vxa_tabs .vxa-wiping");

  function move(frame, part) {
    const at = Math.min(Math.max(part, 0), 1);
    frame.style.setProperty("--vxa-wipe", `${at * 100}%`);
    frame.dataset.at = at;
    frame.classList.toggle("vxa-no-left", at < 0.12);
    frame.classList.toggle("vxa-no-right", at > 0.88);
    const handle = frame.querySelector(".vxa-handle");
    handle.setAttribute("aria-valuenow", String(Math.round(at * 100)));
    handle.setAttribute("aria-valuetext", `${Math.round(at * 100)} % of the left one`);
  }

  function follow(frame, event) {
    const box = frame.getBoundingClientRect();
    move(frame, (event.clientX - box.left) / box.width);
  }

  vxa.wipe = { move };

  document.addEventListener("pointerdown", (event) => {
    const frame = frameOf(event);
    if (!frame || event.button) return;
    dragged = event.pointerId;
    frame.setPointerCapture(event.pointerId);
    follow(frame, event);
    frame.querySelector(".vxa-handle").focus({ preventScroll: true });
    event.preventDefault();
  });

  document.addEventListener("pointermove", (event) => {
    const frame = frameOf(event);
    if (frame && dragged === event.pointerId) follow(frame, event);
  });

  // a finger that scrolls the page is taken away by the browser
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, (event) => {
      if (dragged === event.pointerId) dragged = null;
    });
  }

  document.addEventListener("dblclick", (event) => {
    const frame = frameOf(event);
    if (frame) move(frame, 0.5);
  });

  document.addEventListener("keydown", (event) => {
    const frame = frameOf(event);
    if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Number(frame.dataset.at);
    const step = event.shiftKey ? STRIDE : STEP;
    const places = { ArrowLeft: at - step, ArrowRight: at + step, PageDown: at - STRIDE, PageUp: at + STRIDE, Home: 0, End: 1 };
    if (!(event.key in places)) return;
    move(frame, places[event.key]);
    event.preventDefault();
  });
})();
