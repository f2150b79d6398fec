// Token chips: what the model sees of the prompt, to click. The tokens box and the chips say the same.
// Chips are made with textContent only: prompts are other people's text.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const TYPING_PAUSE = 250;
  const CLICKING_PAUSE = 150;

  let sheet = { chips: [], pads: [], parts: [], error: "", typed: [] };
  let arePadsShown = false;
  let anchor = null; // column last clicked, where shift-click starts
  let focused = null; // column that has the keyboard
  let shown = ""; // tokens that the maps were last asked for
  let askedFor = null; // what the boxes held when a late answer made us ask again

  vxa.redraw = function () {
    shown = boxText("vxa_tokens");
    vxa.later("redraw", CLICKING_PAUSE, () => vxa.ask("vxa_redraw"));
  };

  const boxText = (id) => {
    const area = vxa.find(id) && vxa.find(id).querySelector("textarea, input");
    return area ? area.value : "";
  };

  // JSON from the server. An answer to what no longer stands in the boxes is late: ask again, once for each text.
  vxa.showChips = function (text) {
    if (!text) return;
    const answer = JSON.parse(text);
    const typed = JSON.stringify([boxText("vxa_prompt"), boxText("vxa_tokens")]);
    if (JSON.stringify(answer.typed) !== typed && askedFor !== typed) {
      askedFor = typed;
      vxa.later("read", TYPING_PAUSE, () => vxa.ask("vxa_read"));
      return;
    }
    askedFor = null;
    if (JSON.stringify(answer) === JSON.stringify(sheet)) return; // a chip exchanged while pressed would not be clicked
    sheet = answer;
    render();
  };

  function chosen() {
    return new Set(sheet.parts.flatMap((part) => part.indices));
  }

  function padChips() {
    return sheet.pads.map((index) => ({
      index, text: "pad", special: "pad", chunk: Math.floor(index / 77), weight: 1, group: [index], name: String(index),
    }));
  }

  function shownChips() {
    return arePadsShown ? sheet.chips.concat(padChips()).sort((a, b) => a.index - b.index) : sheet.chips;
  }

  function render() {
    const box = vxa.find("vxa_chips");
    if (!box) return;
    const hadFocus = box.contains(document.activeElement);
    const chips = shownChips();
    const on = chosen();
    if (!chips.some((chip) => chip.index === focused)) focused = (chips.find((c) => !c.special) || chips[0] || {}).index;
    box.replaceChildren(...chips.flatMap((chip, place) => chipElements(chip, chips[place - 1], on)));
    if (sheet.pads.length) box.append(padButton());
    hint(on);
    if (hadFocus) focusChip(focused);
  }

  function chipElements(chip, before, on) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "vxa-chip" + (chip.special ? " vxa-special" : "") + (on.has(chip.index) ? " vxa-on" : "");
    if (chip.group[0] !== chip.index) button.classList.add("vxa-joined");
    if (chip.group[chip.group.length - 1] !== chip.index) button.classList.add("vxa-joining");
    button.dataset.index = chip.index;
    button.setAttribute("role", "option");
    button.setAttribute("aria-selected", String(on.has(chip.index)));
    button.tabIndex = chip.index === focused ? 0 : -1;
    button.title = title(chip);
    button.append(vxa.element("span", "vxa-chip-text", chip.text), vxa.element("span", "vxa-chip-index", String(chip.index)));
    if (chip.weight !== 1) button.append(vxa.element("span", "vxa-chip-weight", "×" + chip.weight.toFixed(2)));
    const isNewChunk = before && before.chunk !== chip.chunk;
    return isNewChunk ? [vxa.element("span", "vxa-chunk", ""), button] : [button];
  }

  function title(chip) {
    const word = chip.group.length > 1 ? `; part of a word of ${chip.group.length} tokens (Alt-click: this one alone)` : "";
    return `token ${chip.index}${word}. Shift-click: a range.`;
  }

  function padButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "vxa-chip vxa-special vxa-pads";
    button.textContent = arePadsShown ? "hide padding" : `+ ${sheet.pads.length} padding`;
    button.title = `tokens ${sheet.pads[0]} to ${sheet.pads[sheet.pads.length - 1]}: the prompt's empty columns`;
    return button;
  }

  function hint(on) {
    const line = vxa.find("vxa_chip_hint");
    if (!line) return;
    line.className = sheet.error ? "vxa-wrong" : "";
    if (sheet.error) line.textContent = sheet.error;
    else if (!sheet.chips.length) line.textContent = "";
    else if (!on.size) line.textContent = "Click words to see each of them; none chosen shows all together.";
    else line.textContent = "";
  }

  // ---------------------------------------------------------------- choosing

  function without(parts, columns) {
    return parts.flatMap((part) => {
      if (!part.indices.some((index) => columns.has(index))) return [part];
      return named(part.indices.filter((index) => !columns.has(index)));
    });
  }

  // Columns left over from a phrase or a range, called by their words where those are whole
  function named(indices) {
    const left = new Set(indices);
    const parts = [];
    for (const index of indices) {
      if (!left.has(index)) continue;
      const chip = sheet.chips.find((one) => one.index === index);
      const isWhole = chip && chip.group.every((column) => left.has(column));
      const columns = isWhole ? chip.group : [index];
      columns.forEach((column) => left.delete(column));
      parts.push({ text: isWhole ? chip.name : String(index), indices: columns });
    }
    return parts;
  }

  function toggle(chip, isAlone) {
    const columns = isAlone ? [chip.index] : chip.group;
    const on = chosen();
    const isOn = columns.every((column) => on.has(column));
    const parts = without(sheet.parts, new Set(columns));
    write(isOn ? parts : parts.concat({ text: isAlone ? String(chip.index) : chip.name, indices: columns }));
  }

  function chooseRange(from, to) {
    const [low, high] = from < to ? [from, to] : [to, from];
    const on = chosen();
    const wanted = shownChips().filter((c) => c.index >= low && c.index <= high && !on.has(c.index));
    const ends = (chip) => chip.index === from || chip.index === to;
    write(sheet.parts.concat(named(wanted.filter((c) => !c.special || ends(c) || arePadsShown).map((c) => c.index))));
  }

  function write(parts) {
    sheet.parts = parts;
    sheet.error = "";
    render();
    const area = vxa.find("vxa_tokens") && vxa.find("vxa_tokens").querySelector("textarea, input");
    if (area) {
      area.value = parts.map((part) => part.text).join(", ");
      sheet.typed = [boxText("vxa_prompt"), area.value];
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    vxa.redraw();
  }

  function chipAt(target) {
    const button = target.closest && target.closest("#vxa_chips .vxa-chip");
    return button && button.dataset.index !== undefined
      ? shownChips().find((chip) => chip.index === Number(button.dataset.index))
      : null;
  }

  function focusChip(index) {
    const box = vxa.find("vxa_chips");
    const button = box && box.querySelector(`[data-index="${index}"]`);
    if (button) {
      box.querySelectorAll(".vxa-chip").forEach((one) => (one.tabIndex = -1));
      button.tabIndex = 0;
      button.focus();
      focused = index;
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("#vxa_chips .vxa-pads")) {
      arePadsShown = !arePadsShown;
      render();
      return;
    }
    const chip = chipAt(event.target);
    if (!chip) return;
    focused = chip.index;
    if (event.shiftKey && anchor !== null) chooseRange(anchor, chip.index);
    else toggle(chip, event.altKey);
    anchor = chip.index;
  });

  document.addEventListener("keydown", (event) => {
    const chip = chipAt(event.target);
    if (!chip) return;
    const chips = shownChips();
    const place = chips.findIndex((one) => one.index === chip.index);
    const steps = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: chips.length - 1 };
    if (event.key in steps) {
      const next = chips[Math.min(Math.max(steps[event.key], 0), chips.length - 1)];
      focusChip(next.index);
      if (event.shiftKey) chooseRange(anchor === null ? chip.index : anchor, next.index);
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === " ") && !event.ctrlKey && !event.metaKey) {
      toggle(chip, event.altKey);
      anchor = chip.index;
      event.preventDefault();
    }
  });

  // Prompt or tokens changed, by whomever. What the chips wrote themselves they know already.
  vxa.typed = function () {
    const typed = [boxText("vxa_prompt"), boxText("vxa_tokens")];
    if (JSON.stringify(typed) === JSON.stringify(sheet.typed)) return;
    vxa.later("read", TYPING_PAUSE, () => {
      vxa.ask("vxa_read");
      if (typed[1] !== shown) vxa.redraw();
    });
  };
})();
