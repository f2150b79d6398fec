// The word that was clicked: its weight as a slider, its own window, and what else it is used for.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const LEAST = -2;
  const MOST = 4;

  let sheet = null;
  let at = null; // {side, number, word}

  const panel = () => vxa.find("vxa_edit_word");
  const part = (name) => panel().querySelector(name);
  const within = (value) => Math.min(Math.max(value, LEAST), MOST);

  function found(list) {
    return vxa.editLists.find(sheet, list, at);
  }

  const weight = () => (found("weights") ? found("weights").value : 1);

  function render() {
    if (!panel()) return;
    panel().hidden = !at;
    if (!at) return;
    panel().classList.toggle("vxa-control", sheet.typed[2] === "cac"); // which knows weights alone
    const isEdited = at.side === "target";
    const named = isEdited && found("weights") ? found("weights").text : at.word.word;
    part(".vxa-word-name").textContent = `“${named}”`;
    part(".vxa-word-where").textContent = isEdited ? "in the edited prompt" : "in the source prompt";
    part(".vxa-word-weight").hidden = part(".vxa-range").hidden = !isEdited;
    if (isEdited) {
      showWeight();
      const own = found("word_windows");
      vxa.range.show("word", ...(own ? own.value : vxa.range.of("cross")), !own);
    }
    panel().querySelectorAll("[data-list]").forEach((button) => {
      button.setAttribute("aria-pressed", String(Boolean(found(button.dataset.list))));
    });
  }

  function showWeight() {
    const slider = part(".vxa-slider");
    if (Number(slider.value) !== within(weight())) slider.value = within(weight());
    slider.style.setProperty("--vxa-low", `${((Math.min(1, within(weight())) - LEAST) / (MOST - LEAST)) * 100}%`);
    slider.style.setProperty("--vxa-high", `${((Math.max(1, within(weight())) - LEAST) / (MOST - LEAST)) * 100}%`);
    part(".vxa-word-value").textContent = `×${Math.round(weight() * 100) / 100}`;
    part(".vxa-word-reset").disabled = weight() === 1;
  }

  function set(list, value) {
    vxa.editLists.set(sheet, list, at, value);
    vxa.editPairs.render();
    render();
  }

  vxa.editWord = {
    isChosen: (other) => Boolean(at) && at.side === other.side && at.number === other.number
      && at.word.columns[0] === other.word.columns[0],

    // Null chooses none
    choose(newSheet, chosen) {
      sheet = newSheet;
      at = chosen;
      vxa.editPairs.render();
      render();
    },

    // A new answer of the server: the word may be gone
    show(newSheet) {
      sheet = newSheet;
      const edit = at && sheet.edits[at.number];
      const words = edit ? edit.columns.flatMap((column) => column[at.side]) : [];
      const word = words.find((one) => one.word === at.word.word);
      at = word ? { ...at, word } : null;
      render();
    },

    weigh(change) {
      const value = Math.round((weight() + change) * 100) / 100;
      set("weights", value === 1 ? undefined : value);
    },

  };

  // The window of this word alone; automatic is that of all
  vxa.range.listen("word", (start, end, isAuto) => set("word_windows", isAuto ? undefined : [start, end]));

  document.addEventListener("input", (event) => {
    if (event.target.id !== "vxa_edit_slider") return;
    const value = Number(event.target.value);
    set("weights", value === 1 ? undefined : value);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_edit_word .vxa-tool");
    if (!button || !at) return;
    const list = button.dataset.list;
    if (list) set(list, found(list) ? undefined : null);
    else if (button.classList.contains("vxa-word-reset")) set("weights", undefined);
    else if (button.classList.contains("vxa-word-close")) vxa.editWord.choose(sheet, null);
  });
})();
