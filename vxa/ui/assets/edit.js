// The Edit tab as its listeners call it.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  // Inputs of a handler with something of the page's own after its name
  const withPage = (values, count, own) => [...vxa.named(values, 1), own, ...values.slice(2, count)];

  vxa.edit = {
    typed: () => vxa.editPairs.typed(),
    showPairs(text) {
      vxa.editWindows.show();
      vxa.editPairs.show(text);
    },
    window: (name, value) => vxa.editWindows.set(name, value),
    show: (text) => vxa.editView.show(text),
    showMaps: (text) => vxa.editView.showMaps(text),
    redraw: () => vxa.editView.redraw(),
    asked: (values, count) => withPage(values, count, vxa.editView.word()),
    shown: (values, count) => withPage(values, count, vxa.editView.shown()),
  };
})();
