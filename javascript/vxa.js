// Loads the tab's scripts. Which ones, in which order and of which version is written in the tab by vxa/webui/tab.py;
// they lie beside the package, whatever the extension's folder is called.
(function () {
  "use strict";
  const home = document.currentScript.src.replace(/javascript[\\/]+vxa\.js.*$/, "vxa/ui/assets/");

  function load(names) {
    for (const name of names) {
      const script = document.createElement("script");
      script.src = home + name;
      script.async = false; // in their order
      document.head.append(script);
    }
  }

  onUiLoaded(() => {
    const list = gradioApp().querySelector("#vxa_scripts [data-scripts]");
    if (list) load(JSON.parse(list.dataset.scripts));
  });

  // The webui calls these by name after something was sent or pasted to the tab "vxa"
  window.switch_to_vxa = function (...values) {
    const buttons = Array.from(gradioApp().querySelector("#tabs").querySelectorAll("button"));
    const button = buttons.find((one) => one.textContent.trim() === "VXA");
    if (button) button.click();
    return values;
  };
  window.recalculate_prompts_vxa = (...values) => values;
})();
