// The heads that are picked, by index from 0; they write the box of the head lens, and are read from it.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const SPAN = /^\s*\d+(\s*[-–]\s*\d+)?(\s*,\s*\d+(\s*[-–]\s*\d+)?)*\s*$/;

  let picked = new Set();
  let anchor = null; // where a range begins
  let told = () => {};

  function set(indices) {
    picked = new Set(indices);
    told();
  }

  // Toggle one head, or add all from the last one clicked to this
  function click(index, isRange) {
    if (isRange && anchor !== null) {
      const [low, high] = anchor < index ? [anchor, index] : [index, anchor];
      for (let each = low; each <= high; each++) picked.add(each);
    } else {
      if (picked.has(index)) picked.delete(index);
      else picked.add(index);
      anchor = index;
    }
    told();
  }

  // As the lens is typed: "17, 20-23"
  function text() {
    const parts = [];
    for (const index of [...picked].sort((one, other) => one - other)) {
      const last = parts[parts.length - 1];
      if (last && last[1] === index - 1) last[1] = index;
      else parts.push([index, index]);
    }
    return parts.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(", ");
  }

  // Heads named in a typed lens; null if it names none by number
  function read(typed, count) {
    if (!SPAN.test(typed)) return null;
    const found = new Set();
    for (const part of typed.split(",")) {
      const [low, high] = part.split(/[-–]/).map(Number);
      for (let index = low; index <= Math.min(high === undefined ? low : high, count - 1); index++) found.add(index);
    }
    return found;
  }

  vxa.headsPicks = { set, click, text, read, all: () => picked, listen: (action) => (told = action) };
})();
