// The Heads tab as its listeners call it.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const TYPING_PAUSE = 500; // milliseconds

  // Open one of the ways of using heads
  function open(button) {
    for (const one of button.parentElement.children) {
      const isOpen = one === button;
      one.setAttribute("aria-selected", String(isOpen));
      one.tabIndex = isOpen ? 0 : -1;
      vxa.find(`vxa_heads_tab_use_${one.dataset.use}`).classList.toggle("vxa-open", isOpen);
    }
  }

  const useOf = (event) => event.target.closest && event.target.closest("#vxa_heads_uses button");

  document.addEventListener("click", (event) => {
    const button = useOf(event);
    if (button) open(button);
  });

  document.addEventListener("keydown", (event) => {
    const button = useOf(event);
    const steps = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" };
    const next = button && steps[event.key] && button[steps[event.key]];
    if (!next) return;
    open(next);
    next.focus();
    event.preventDefault();
  });

  vxa.heads = {
    showVectors(text) {
      vxa.headsVectors.show(text);
      const lens = vxa.find("vxa_heads_tab_see_lens").querySelector("textarea, input");
      if (!vxa.headsVectors.lens(lens.value)) vxa.headsVectors.begin();
    },
    // "excite", and a moment
    open(way) {
      const button = vxa.find("vxa_heads_uses").querySelector(`[data-use="${way.split(" ")[0]}"]`);
      if (button) open(button);
    },
    named: () => vxa.later("heads_named", TYPING_PAUSE, () => vxa.ask("vxa_heads_tab_read")),
    lens(text) {
      vxa.headsVectors.lens(text);
      vxa.heads.relook();
    },
    relook: () => vxa.later("heads_relook", TYPING_PAUSE, () => vxa.ask("vxa_heads_tab_relook")),
    show: (text) => vxa.headsResult.show(text),
    // Page and words of the handler that mends
    asked: (values) => [...vxa.named(values, 1), vxa.headsWords.asked()],
    // Press the button of the way that is open
    run() {
      const buttons = vxa.find("vxa_heads_tab").querySelectorAll("button.vxa-run");
      const shown = [...buttons].find((button) => button.offsetParent !== null);
      if (shown) shown.click();
    },
  };
})();
