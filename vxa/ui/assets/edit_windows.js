// The windows of the whole edit: range sliders write the number boxes, and read them back.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const WINDOWS = ["cross", "self"];

  let state = null; // settings by name, those ending in ":auto" being tick boxes; and the method

  const box = () => vxa.app().querySelector(".vxa-windows");

  function read() {
    if (!state && box()) state = JSON.parse(box().dataset.state);
    return state;
  }

  function show() {
    if (!read()) return;
    const ends = JSON.parse(box().dataset.ends)[state.method];
    WINDOWS.forEach((name, place) => {
      const isAuto = Boolean(state[`${name}_end:auto`]);
      vxa.range.show(name, state[`${name}_start`], isAuto ? ends[place] : state[`${name}_end`], isAuto);
    });
  }

  function write(name, value) {
    const input = vxa.find(`vxa_edit_${name}`).querySelector("input[type=number]");
    if (Number(input.value) === value) return;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  for (const name of WINDOWS) {
    vxa.range.listen(name, (start, end, isAuto) => {
      read();
      const tick = vxa.find(`vxa_edit_${name}_end_auto`).querySelector("input");
      if (tick.checked !== isAuto) tick.click();
      write(`${name}_start`, start);
      if (!isAuto) write(`${name}_end`, end);
      Object.assign(state, { [`${name}_start`]: start, [`${name}_end:auto`]: isAuto });
      if (!isAuto) state[`${name}_end`] = end;
      else show();
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_edit .vxa-numbers");
    if (button) button.setAttribute("aria-expanded", String(vxa.find("vxa_edit_numbers").classList.toggle("vxa-open")));
  });

  vxa.editWindows = {
    show,
    // A number box, a tick box or the method changed
    set(name, value) {
      if (!read()) return;
      state[name] = value;
      show();
    },
  };
})();
