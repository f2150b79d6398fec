// What all tabs share: which page this is, when a tab wakes, whether it runs, and its keys.
// A tab is an element of the class vxa-tab; its id starts the ids of its parts.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const page = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
  const PATIENCE = 30000; // milliseconds, after which a tab that says nothing is woken again
  const heard = new Map(); // by tab whose hidden wake button has reached its listener: when, and what its status said

  const tabs = () => Array.from(vxa.app().querySelectorAll(".vxa-tab"));
  const shownTab = () => tabs().find((tab) => tab.offsetParent !== null);
  const tabOf = (target) => (target.closest ? target.closest(".vxa-tab") : null);
  // the line itself: gradio 3 writes "Error" beside it when a call was lost
  const said = (tab) => vxa.find(`${tab}_status`).querySelector(".vxa-status").textContent;
  const isRunning = (tab) => tab.classList.contains("vxa-running");

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

  vxa.woken = function (values, count, tab) {
    heard.set(tab, { since: Date.now(), said: said(tab) });
    return values.slice(0, count);
  };

  // One run at a time: further clicks, by whatever means, do nothing until it has ended
  document.addEventListener("click", (event) => {
    const tab = tabOf(event.target);
    if (!tab || !event.target.closest(".vxa-run")) return;
    if (isRunning(tab)) event.stopImmediatePropagation();
    tab.classList.add("vxa-running");
  }, true);

  vxa.finished = function (values, count, tab) {
    vxa.find(tab).classList.remove("vxa-running");
    // on a phone the answer may lie below the fold
    const status = vxa.find(`${tab}_status`);
    const box = status.getBoundingClientRect();
    const isHidden = box.top < 0 || box.bottom > window.innerHeight;
    if (status.offsetParent && isHidden) status.scrollIntoView({ block: "start", behavior: "smooth" });
    return [];
  };

  function isLost({ since, said: before }, tab) {
    return Date.now() - since > PATIENCE && said(tab) === before;
  }

  // The model is asked for only once somebody looks at a tab; a call may get lost on the way
  setInterval(() => {
    const tab = shownTab();
    const asked = tab && heard.get(tab.id);
    if (tab && (!asked || isLost(asked, tab.id))) vxa.click(`${tab.id}_wake`);
  }, 300);

  // Browsers say nothing when the same file is chosen again, unless the box was emptied before
  document.addEventListener("click", (event) => {
    const box = tabOf(event.target) && event.target.closest(".block");
    if (!box) return;
    for (const input of box.querySelectorAll("input[type=file]")) input.value = "";
  }, true);

  document.addEventListener("keydown", (event) => {
    const tab = shownTab();
    if (!tab) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      // the webui's own script would press the first button of the kind, of whichever tab of ours
      event.preventDefault();
      event.stopPropagation();
      if (!isRunning(tab)) vxa.click(`${tab.id}_generate`);
    } else if (event.key === "Escape" && isRunning(tab)) {
      vxa.click(`${tab.id}_interrupt`);
    }
  }, true);
})();
