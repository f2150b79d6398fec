// The page itself: who it is, when it wakes, whether it runs, and its keys.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const page = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
  let isHeard = false; // a click on the hidden wake button has reached its listener

  // First input of most handlers is the page's name. Gradio 3 hands over the outputs' values too: cut them off.
  vxa.named = (values, count) => [page, ...values.slice(1, count)];

  // With what the viewer shows
  vxa.seen = () => [page, vxa.handed()];

  vxa.download = function (picture, name, what) {
    const link = document.createElement("a");
    link.href = typeof picture === "string" ? picture : picture.url;
    link.download = `${name}-${what}.png`;
    link.click();
    return [];
  };

  vxa.woken = function (values, count) {
    isHeard = true;
    return values.slice(0, count);
  };

  // One run at a time: further clicks, by whatever means, do nothing until it has ended
  document.addEventListener("click", (event) => {
    const button = vxa.find("vxa_generate");
    if (!button || !button.contains(event.target)) return;
    const tab = vxa.find("vxa");
    if (tab.classList.contains("vxa-running")) event.stopImmediatePropagation();
    tab.classList.add("vxa-running");
  }, true);

  vxa.finished = function () {
    vxa.find("vxa").classList.remove("vxa-running");
    // on a phone the answer may lie below the fold
    const status = vxa.find("vxa_status");
    const box = status.getBoundingClientRect();
    if (box.top < 0 || box.bottom > window.innerHeight) status.scrollIntoView({ block: "start", behavior: "smooth" });
    return [];
  };

  const isSeen = () => vxa.find("vxa") && vxa.find("vxa").offsetParent !== null;

  // The model is asked for only once somebody looks at the tab
  const watch = setInterval(() => {
    if (isHeard) clearInterval(watch);
    else if (isSeen()) vxa.click("vxa_wake");
  }, 300);

  // Browsers say nothing when the same file is chosen again, unless the box was emptied before
  document.addEventListener("click", (event) => {
    const box = vxa.find("vxa_picture");
    if (!box || !box.contains(event.target)) return;
    for (const input of box.querySelectorAll("input[type=file]")) input.value = "";
  }, true);

  document.addEventListener("keydown", (event) => {
    const isHere = isSeen() && (event.target === document.body || vxa.find("vxa").contains(event.target));
    if (!isHere) return;
    const isRunning = vxa.find("vxa").classList.contains("vxa-running");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isRunning) {
      event.preventDefault();
      event.stopPropagation();
      vxa.click("vxa_generate");
    } else if (event.key === "Escape" && isRunning) {
      vxa.click("vxa_interrupt");
    }
  }, true);
})();
