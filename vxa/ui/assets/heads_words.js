// How strongly each word is expressed, as bars; weak ones can be mended with one click.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  const WEAK = "A weak word wins no place against the others, and may be missing; an attribute often loses to its noun and is seen all the same.";
  const GIVEN = "Read from the picture you gave. Excite and Reweight do not change that picture: they draw the prompt anew, from the seed.";
  const BEFORE = "These are the words of the picture before it was mended.";

  let asked = ""; // "excite:circle, red"

  const box = () => vxa.find("vxa_heads_words");
  const percent = (share) => `${Math.round(100 * share)} %`;

  function bar(name, share, said) {
    const line = vxa.element("div", "vxa-meter");
    const track = vxa.element("span", "vxa-meter-track");
    const fill = vxa.element("i", "");
    fill.style.width = `${100 * Math.min(share, 1)}%`;
    track.append(fill);
    line.append(vxa.element("span", "vxa-meter-name", name), track, vxa.element("output", "", said));
    return line;
  }

  function mend(how, words, label, title) {
    const button = vxa.element("button", "vxa-tool", label);
    button.type = "button";
    button.dataset.mend = `${how}:${words}`;
    button.title = title;
    return button;
  }

  function mends(words, label) {
    return [
      mend("excite", words, `Excite${label}`, "Attend-and-Excite: draw it again, moved until this is seen"),
      mend("reweight", words, `Reweight${label}`, "Draw it again with three times the attention to this"),
    ];
  }

  function row(each) {
    const line = vxa.element("div", each.isWeak ? "vxa-strength vxa-weak" : "vxa-strength");
    const head = vxa.element("div", "vxa-strength-word");
    head.append(vxa.element("b", "", each.word));
    if (each.isWeak) head.append(vxa.element("span", "vxa-strength-weak", "weak"));
    const bars = vxa.element("div", "vxa-strength-bars");
    bars.append(bar("peak", each.peak, each.peak.toFixed(2)), bar("area", each.area, percent(each.area)));
    if (each.other) bars.append(bar("overlap", each.overlap, `${percent(each.overlap)} with ${each.other}`));
    const buttons = vxa.element("div", "vxa-strength-mend");
    if (each.isWeak) buttons.append(...mends(each.word, ""));
    line.append(head, bars, buttons);
    return line;
  }

  function note(text, ...buttons) {
    const line = vxa.element("div", "vxa-strength-note");
    line.append(vxa.element("span", "", text), ...buttons);
    return line;
  }

  function show(view) {
    box().hidden = !view.words && !view.isMended;
    if (view.isMended && !box().querySelector(".vxa-heads-before")) box().prepend(vxa.element("p", "vxa-heads-note vxa-heads-before", BEFORE));
    if (!view.words) return;
    const lines = view.words.map(row);
    const weak = view.words.filter((each) => each.isWeak);
    const said = weak.length ? WEAK : "Every word wins some place against the others.";
    if (weak.length && view.isGiven) lines.unshift(vxa.element("p", "vxa-heads-note", GIVEN));
    box().replaceChildren(...lines, note(said, ...(weak.length > 1 ? mends(view.weak, " all weak") : [])));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#vxa_heads_words [data-mend]");
    if (!button) return;
    asked = button.dataset.mend;
    vxa.click("vxa_heads_tab_mend");
  });

  vxa.headsWords = { show, asked: () => asked };
})();
