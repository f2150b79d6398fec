// The source prompt over the edited one, word by word. Chips are made with textContent only.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const TYPING_PAUSE = 250;
  const STEP = 0.25; // of a weight, by keyboard
  const MARKS = { blend: "◎", subtract: "⊘", tokens: "▦" };
  const BONDS = { kept: "", swapped: "⇅", added: "+", removed: "−" };
  const SAID = { kept: "kept", swapped: "swapped", added: "added", removed: "removed" };

  let sheet = { edits: [], lists: {}, errors: {}, error: "", typed: [] };
  let number = 0; // which edit is shown
  let askedFor = null; // what the boxes held when a late answer made us ask again

  const box = () => vxa.find("vxa_edit_columns");
  const part = (name) => vxa.find("vxa_edit_pairs").querySelector(name);

  const ask = () => vxa.later("vxa_edit_read", TYPING_PAUSE, () => vxa.ask("vxa_edit_read"));

  // A box changed, by whomever. What a click wrote is shown already, but only the server knows other words by it.
  function typed() {
    if (JSON.stringify(vxa.editLists.typed()) !== JSON.stringify(sheet.typed)) ask();
  }

  // JSON from the server. An answer to what no longer stands in the boxes is late: ask again, once for each text.
  function show(text) {
    if (!text || !box()) return;
    const answer = JSON.parse(text);
    const standing = JSON.stringify(vxa.editLists.typed());
    if (JSON.stringify(answer.typed) !== standing && askedFor !== standing) {
      askedFor = standing;
      ask();
      return;
    }
    askedFor = null;
    sheet = answer;
    vxa.editWord.show(sheet);
    render();
  }

  function render() {
    number = Math.min(number, Math.max(0, sheet.edits.length - 1));
    const edit = sheet.edits[number];
    const hadFocus = box().contains(document.activeElement) && document.activeElement.dataset.key;
    const has = Boolean(edit && edit.columns.length);
    box().replaceChildren(...(has ? [rowNames(), ...edit.columns.map(pair)] : []));
    part(".vxa-edit-key").hidden = !has;
    part(".vxa-edit-kind").replaceChildren(...(has ? kindLine(edit) : []));
    hint();
    rove(hadFocus);
  }

  function rowNames() {
    const names = vxa.element("div", "vxa-gloss vxa-row-names");
    names.append(vxa.element("span", "vxa-side", "source"), vxa.element("span", "vxa-side", "edit"));
    return names;
  }

  function pair(column, place) {
    const element = vxa.element("div", "vxa-gloss vxa-" + column.state);
    const bond = vxa.element("span", "vxa-bond", BONDS[column.state]);
    bond.setAttribute("aria-hidden", "true");
    element.append(side(column, place, "source"), bond, side(column, place, "target"));
    return element;
  }

  function side(column, place, name) {
    const element = vxa.element("div", "vxa-side");
    element.append(...column[name].map((word, at) => chip(word, { side: name, number, word }, column.state, `${name}-${place}-${at}`)));
    return element;
  }

  function chip(word, at, state, key) {
    const button = vxa.element("button", "vxa-chip");
    button.type = "button";
    button.dataset.key = key;
    button.disabled = !word.word;
    button.append(vxa.element("span", "vxa-chip-text", word.text));
    const marks = Object.keys(MARKS).filter((list) => vxa.editLists.find(sheet, list, at));
    if (marks.length) button.append(vxa.element("span", "vxa-chip-mark", marks.map((list) => MARKS[list]).join("")));
    const weight = at.side === "target" && vxa.editLists.find(sheet, "weights", at);
    if (weight) {
      button.append(vxa.element("span", "vxa-chip-weight", "×" + Math.round(weight.value * 100) / 100));
      button.classList.add("vxa-weighed");
    }
    button.classList.toggle("vxa-chosen", vxa.editWord.isChosen(at));
    button.title = `${SAID[state]}; token ${word.columns.join(", ")}${word.word ? "" : "; cannot be named in a list"}`;
    button.setAttribute("aria-label", [word.text, SAID[state], ...marks, weight ? `weight ${weight.value}` : ""].filter(Boolean).join(", "));
    return button;
  }

  function kindLine(edit) {
    const isAuto = vxa.editLists.typed()[3] === "auto";
    const line = [vxa.element("b", "vxa-kind", edit.kind === "cac" ? "Control" : edit.kind)];
    if (edit.error) {
      const refine = vxa.element("button", "vxa-tool vxa-refine", "Use Refine");
      refine.type = "button";
      line.push(vxa.element("span", "vxa-wrong", edit.error.replace(/ Use refine.*/, "")), refine);
    } else line.push(vxa.element("span", "", (isAuto && edit.kind !== "cac" ? "suggested: " : "") + edit.why));
    if (sheet.edits.length > 1) line.push(...sheet.edits.map(editButton));
    return line;
  }

  function editButton(edit, place) {
    const button = vxa.element("button", "vxa-tool vxa-edit-number", String(place + 1));
    button.type = "button";
    button.title = edit.prompt;
    button.setAttribute("aria-pressed", String(place === number));
    button.setAttribute("aria-label", `Edit ${place + 1}: ${edit.prompt}`);
    return button;
  }

  function hint() {
    const line = vxa.find("vxa_edit_hint");
    const wrong = sheet.error || Object.values(sheet.errors)[0];
    line.className = wrong ? "vxa-wrong" : "";
    const has = sheet.edits.length && sheet.edits[0].columns.length;
    const isBlank = has && !sheet.typed[1].trim() && !sheet.typed[4].trim();
    line.textContent = wrong || (isBlank ? "Write the prompt again with a change, or click a word to weigh it." : "");
  }

  // ---------------------------------------------------------------- choosing a word

  function atKey(key) {
    const [name, place, at] = key.split("-");
    const column = sheet.edits[number] && sheet.edits[number].columns[place];
    return column && column[name][at] ? { side: name, number, word: column[name][at] } : null;
  }

  // One chip at a time has the keyboard
  function rove(key) {
    const chips = [...box().querySelectorAll(".vxa-chip:not(:disabled)")];
    chips.forEach((one) => (one.tabIndex = -1));
    const kept = chips.find((one) => one.dataset.key === key);
    const start = kept || chips.find((one) => one.classList.contains("vxa-chosen")) || chips[0];
    if (start) start.tabIndex = 0;
    if (kept) kept.focus();
  }

  vxa.editPairs = { typed, show, render };

  const chipOf = (event) => event.target.closest && event.target.closest("#vxa_edit_columns .vxa-chip");

  document.addEventListener("click", (event) => {
    const button = chipOf(event);
    if (button) {
      const at = atKey(button.dataset.key);
      vxa.editWord.choose(sheet, vxa.editWord.isChosen(at) ? null : at);
      return;
    }
    const other = event.target.closest && event.target.closest(".vxa-refine, .vxa-edit-number");
    if (!other) return;
    if (other.classList.contains("vxa-refine")) vxa.click("vxa_edit_refine");
    else {
      number = Number(other.textContent) - 1;
      vxa.editWord.choose(sheet, null);
    }
  });

  function neighbour(button, key) {
    const [name] = button.dataset.key.split("-");
    const row = [...box().querySelectorAll(`.vxa-chip[data-key^="${name}-"]:not(:disabled)`)];
    const place = row.indexOf(button);
    const steps = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: row.length - 1 };
    if (key in steps) return row[Math.min(Math.max(steps[key], 0), row.length - 1)];
    const isDown = key === "ArrowDown";
    const other = button.closest(".vxa-gloss").querySelectorAll(`.vxa-chip[data-key^="${isDown ? "target" : "source"}-"]`);
    return other[0] && !other[0].disabled ? other[0] : button;
  }

  document.addEventListener("keydown", (event) => {
    const button = chipOf(event);
    if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
    if (["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
      const next = neighbour(button, event.key);
      rove(next.dataset.key);
    } else if (["+", "=", "-"].includes(event.key) && button.dataset.key.startsWith("target")) {
      vxa.editWord.choose(sheet, atKey(button.dataset.key));
      vxa.editWord.weigh(event.key === "-" ? -STEP : STEP);
    } else return;
    event.preventDefault();
  });
})();
