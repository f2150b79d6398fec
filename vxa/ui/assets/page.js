// What every script of the tab needs: elements by id, clicks, and calls put off.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const timers = {};
  const LONGEST_ANSWER = 30000; // milliseconds, after which an answer is given up

  // The page; gradio 3 may keep it in a shadow
  vxa.app = function () {
    const app = document.querySelector("gradio-app");
    return (app && app.shadowRoot) || document;
  };

  vxa.find = (id) => vxa.app().querySelector("#" + id);

  vxa.click = function (id) {
    const found = vxa.find(id);
    const button = found && (found.tagName === "BUTTON" ? found : found.querySelector("button"));
    if (button) button.click();
  };

  // Only the last call of a name within the pause happens
  vxa.later = function (name, pause, action) {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(action, pause);
  };

  // Click a hidden button whose answer comes later; while one is under way, remember to ask once more
  const asked = {};
  vxa.ask = function (id) {
    const before = asked[id];
    if (before && Date.now() - before.since < LONGEST_ANSWER) {
      before.isLate = true;
      return;
    }
    asked[id] = { since: Date.now(), isLate: false };
    vxa.click(id);
  };

  vxa.answered = function (id) {
    const isLate = asked[id] && asked[id].isLate;
    delete asked[id];
    // not at once: gradio still takes the listener for busy
    if (isLate) setTimeout(() => vxa.ask(id), 20);
  };

  vxa.element = function (tag, name, text) {
    const element = document.createElement(tag);
    element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  };
})();
