// A table of numbers as coloured cells: each tells its value under the pointer and on the keyboard, and may be picked.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});

  let table = null; // the one shown: see `build`

  const cellOf = (event) => event.target.closest && event.target.closest("#vxa_heads_chart .vxa-matrix [data-at]");
  const places = (cell) => cell.dataset.at.split(",").map(Number);
  const cellAt = (matrix, row, column) => matrix.querySelector(`[data-at="${row},${column}"]`);
  const said = () => vxa.find("vxa_heads_chart").querySelector(".vxa-heads-said");

  function makeCell(row, column) {
    const value = table.value(row, column);
    const cell = vxa.element("div", "vxa-head");
    cell.setAttribute("role", "gridcell");
    if (value === null) return cell;
    cell.dataset.at = `${row},${column}`;
    cell.tabIndex = -1;
    cell.setAttribute("aria-label", table.say(row, column));
    cell.style.setProperty("--vxa-heat", share(value));
    return cell;
  }

  function share(value) {
    const [low, high] = table.span;
    return Math.min(Math.max((value - low) / (high - low || 1), 0), 1).toFixed(4);
  }

  function makeRow(name, cells) {
    const row = vxa.element("div", "vxa-matrix-row");
    row.setAttribute("role", "row");
    const header = vxa.element("div", "vxa-matrix-name", name);
    header.setAttribute("role", "rowheader");
    row.append(header, ...cells);
    return row;
  }

  // Lay a table out: rows and columns are names, span the values of the first and the last colour, value(row, column) a
  // number or null for no cell, say(row, column) what is told of it, index(row, column) the head it stands for, if any
  function build(box, made) {
    table = made;
    const matrix = vxa.element("div", "vxa-matrix");
    matrix.setAttribute("role", "grid");
    matrix.setAttribute("aria-label", table.title);
    if (table.index) matrix.setAttribute("aria-multiselectable", "true");
    matrix.style.setProperty("--vxa-columns", table.columns.length);
    matrix.style.setProperty("--vxa-rows", table.rows.length);
    matrix.append(...table.rows.map((name, row) => makeRow(name, table.columns.map((_, column) => makeCell(row, column)))));
    if (table.index) {
      const heads = table.columns.map((name) => vxa.element("div", "vxa-matrix-foot", name));
      heads.forEach((head) => head.setAttribute("role", "columnheader"));
      matrix.append(makeRow("", heads));
    }
    box.replaceChildren(matrix);
    const first = matrix.querySelector("[data-at]");
    if (first) first.tabIndex = 0;
    said().textContent = table.hint;
  }

  // Mark the heads that are picked
  function mark(box, picked) {
    if (!table || !table.index) return;
    for (const cell of box.querySelectorAll("[data-at]")) {
      cell.setAttribute("aria-selected", String(picked.has(table.index(...places(cell)))));
    }
  }

  function pick(cell, isRange) {
    if (table.index) vxa.headsPicks.click(table.index(...places(cell)), isRange);
  }

  function enter(cell) {
    cell.parentElement.parentElement.querySelectorAll('[tabindex="0"]').forEach((one) => (one.tabIndex = -1));
    cell.tabIndex = 0;
    cell.focus({ preventScroll: false });
  }

  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => {
      const cell = cellOf(event);
      if (cell) said().textContent = table.say(...places(cell));
    });
  }

  document.addEventListener("pointerout", (event) => {
    if (cellOf(event)) said().textContent = table.hint;
  });

  document.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (!cell) return;
    enter(cell);
    pick(cell, event.shiftKey);
  });

  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const [row, column] = places(cell);
    const matrix = cell.closest(".vxa-matrix");
    const last = table.columns.length - 1;
    const steps = { ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1], ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], Home: [row, 0], End: [row, last] };
    if (event.key in steps) {
      const next = cellAt(matrix, ...steps[event.key]);
      if (next) enter(next);
      if (next && event.shiftKey) pick(next, true);
    } else if (event.key === " " || event.key === "Enter") pick(cell, event.shiftKey);
    else return;
    event.preventDefault();
  });

  vxa.headsMatrix = { build, mark };
})();
