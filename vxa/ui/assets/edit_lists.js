// Lists of words that stand in text boxes of the Edit tab: what they say of a word, and how a click changes them.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const BOXES = ["prompt", "edit", "method", "edit_kind", "weights", "word_windows", "blend", "subtract", "tokens"];

  const area = (name) => {
    const box = vxa.find(`vxa_edit_${name}`);
    return box && box.querySelector("textarea, input");
  };
  const text = (name) => (area(name) ? area(name).value : "");
  const short = (value) => String(Math.round(value * 100) / 100);

  function written(part) {
    if (part.value === null) return part.text;
    return `${part.text}=${Array.isArray(part.value) ? part.value.map(short).join("-") : short(part.value)}`;
  }

  // `at`: {side, number, word}, a word of the source prompt or of an edited one
  const columns = (part, at) => (at.side === "source" ? part.source : part.targets[at.number]) || [];

  vxa.editLists = {
    typed: () => BOXES.map(text),

    // The part of a list that names a word
    find(sheet, list, at) {
      const parts = (sheet.lists && sheet.lists[list]) || [];
      return parts.find((part) => columns(part, at).some((column) => at.word.columns.includes(column)));
    },

    // Give a word another value; undefined takes it out
    set(sheet, list, at, value) {
      const before = sheet.lists[list] ? "" : text(list).trim() + ", "; // what cannot be read is not ours to drop
      const parts = (sheet.lists[list] = sheet.lists[list] || []);
      const found = vxa.editLists.find(sheet, list, at);
      if (found && value === undefined) parts.splice(parts.indexOf(found), 1);
      else if (found) found.value = value;
      else if (value !== undefined) parts.push(newPart(sheet, at.word.word, value));
      vxa.editLists.write(list, before + parts.map(written).join(", "));
    },

    write(list, value) {
      const box = area(list);
      if (!box) return;
      box.value = value;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };

  function newPart(sheet, word, value) {
    const named = (edit, side) =>
      edit.columns.flatMap((column) => column[side].filter((one) => one.word === word).flatMap((one) => one.columns));
    const targets = sheet.edits.map((edit) => named(edit, "target"));
    return { text: word, value, source: named(sheet.edits[0], "source"), targets };
  }
})();
