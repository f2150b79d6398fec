// What came of an edit: the source beside one of the other pictures, and where a word looks in both.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  let view = null; // as vxa/ui/edit_view.py describes it
  let right = 0; // picture beside the source
  let word = ""; // whose maps are shown
  let maps = {}; // by word: URL by picture
  let lastText = "";

  const viewer = () => vxa.find("vxa_edit_viewer");
  const part = (name) => viewer().querySelector(name);

  // JSON from the server; the same text again changes nothing
  function show(text) {
    if (!text || text === lastText || !viewer()) return;
    const before = view && view.pictures[right].name;
    lastText = text;
    view = JSON.parse(text);
    maps = {};
    const same = view.pictures.findIndex((picture) => picture.name === before);
    right = same > 0 && before !== "again" ? same : view.right;
    if (!view.words.includes(word)) word = "";
    viewer().classList.add("vxa-filled");
    buildPictures();
    buildWords();
    again();
    draw();
    if (word) vxa.ask("vxa_edit_maps");
  }

  // Maps of a word, as JSON from the server
  function showMaps(text) {
    if (!text || !view) return;
    const found = JSON.parse(text);
    maps[found.word] = found.maps;
    draw();
  }

  // ---------------------------------------------------------------- drawing

  // A picture, or where the word looks in it
  function seen(picture) {
    const drawn = maps[word];
    const url = drawn && drawn[picture.name];
    const missing = drawn && !url && view.words.length;
    const text = url ? `where “${word}” looks` : missing ? `no “${word}” here` : picture.text;
    return { url: url || picture.url, title: picture.title, text };
  }

  function draw() {
    const [source, other] = [view.pictures[0], view.pictures[right]];
    viewer().style.setProperty("--vxa-aspect", source.width / source.height);
    vxa.compared.show(viewer(), seen(source), seen(other));
    press(".vxa-pictures", (button) => Number(button.dataset.place) === right);
    press(".vxa-asked-words", (button) => button.dataset.word === word);
  }

  // Tell which button of a group is on; it alone is reached with Tab
  function press(group, isOn) {
    const buttons = [...part(group).children];
    const on = buttons.find(isOn);
    buttons.forEach((button) => {
      button.setAttribute("aria-pressed", String(button === on));
      button.classList.toggle("vxa-current", button === on);
      button.tabIndex = button === (on || buttons[0]) ? 0 : -1;
    });
  }

  function buildPictures() {
    const others = view.pictures.slice(1).map((picture, place) => {
      const button = vxa.element("button", "vxa-word");
      button.type = "button";
      button.dataset.place = place + 1;
      button.title = picture.text;
      const image = vxa.element("img", "");
      image.src = picture.url;
      image.alt = "";
      button.append(image, vxa.element("span", "vxa-name", picture.title));
      return button;
    });
    part(".vxa-pictures").replaceChildren(...(others.length > 1 ? others : []));
  }

  function buildWords() {
    const buttons = view.words.map((each) => {
      const button = vxa.element("button", "vxa-chip", each);
      button.type = "button";
      button.dataset.word = each;
      return button;
    });
    part(".vxa-asked-words").replaceChildren(...buttons);
    part(".vxa-asked").hidden = !buttons.length;
    part(".vxa-asked > span").textContent = `Where words look${view.isBefore ? ", before the edit" : ""}:`;
  }

  // How well the picture is drawn again, beside what the encoder alone leaves
  function again() {
    const line = part(".vxa-again");
    line.hidden = !view.again;
    if (!view.again) return;
    const { error, encoder, verdict, isGood } = view.again;
    const most = Math.max(error || 0, encoder || 0, 1);
    const bar = (name, value) => {
      const row = vxa.element("div", "vxa-meter");
      const fill = vxa.element("i", "");
      fill.style.width = `${value === null ? 100 : (value / most) * 100}%`;
      const track = vxa.element("span", "vxa-meter-track");
      track.append(fill);
      row.append(vxa.element("span", "vxa-meter-name", name), track, vxa.element("output", "", value === null ? "exact" : `${value.toFixed(1)} dB`));
      return row;
    };
    line.replaceChildren(bar("drawn again", error), bar("encoder alone", encoder), vxa.element("p", isGood ? "vxa-good" : "vxa-poor", verdict));
  }

  // ---------------------------------------------------------------- choosing

  function choose(button) {
    if (button.dataset.place) right = Number(button.dataset.place);
    else if (button.dataset.word) {
      word = button.dataset.word === word ? "" : button.dataset.word;
      if (word && !maps[word]) vxa.ask("vxa_edit_maps");
    }
    draw();
  }

  document.addEventListener("click", (event) => {
    const button = view && event.target.closest && event.target.closest("#vxa_edit_viewer :is([data-place], [data-word])");
    if (button) choose(button);
  });

  document.addEventListener("keydown", (event) => {
    const button = view && event.target.closest && event.target.closest(".vxa-pictures button, .vxa-asked-words button");
    const steps = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" };
    const next = button && steps[event.key] && button[steps[event.key]];
    if (!next) return;
    if (next.dataset.place) choose(next);
    next.focus();
    event.preventDefault();
  });

  vxa.editView = {
    show,
    showMaps,
    word: () => word,
    shown: () => (view ? view.pictures[right].name : ""),
    // Maps are drawn in other colours from now on
    redraw() {
      maps = {};
      if (word) vxa.ask("vxa_edit_maps");
    },
  };
})();
