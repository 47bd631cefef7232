// The wide view: an ARIA grid. One input moves from cell to cell, so that a Chinese input method can begin at once.
// Not editing: arrows, Tab, Home, End and Page keys move, Shift widens the choice, typing replaces, Enter or F2 edits.
const PAGE_ROWS = 20;

export class GridTable {
  #active = { row: 0, column: 0 };
  #anchor = { row: 0, column: 0 };
  #mode = "moving"; // moving | typing | editing
  #lines = [];
  #chosen = [];

  constructor(host, store, words, leave) {
    Object.assign(this, { host, store, words, leave });
    this.input = document.createElement("input");
    this.input.className = "grid-input";
    this.input.autocomplete = "off";
    this.input.spellcheck = false;
    this.body = document.createElement("div");
    this.lists = store.columns.filter((column) => column.choices.length).map(datalist);
  }

  open() {
    this.host.setAttribute("role", "grid");
    this.host.setAttribute("aria-multiselectable", "true");
    this.host.setAttribute("aria-colcount", this.store.columns.length + 1);
    this.host.classList.add("grid");
    this.body.setAttribute("role", "rowgroup");
    this.host.replaceChildren(this.#head(), this.body);
    this.host.after(...this.lists);
    this.host.addEventListener("keydown", this.#key);
    this.host.addEventListener("pointerdown", this.#press);
    this.host.addEventListener("pointermove", this.#drag);
    this.host.addEventListener("dblclick", this.#edit);
    this.input.addEventListener("input", () => { if (this.#mode === "moving") this.#mode = "typing"; });
    for (const name of ["copy", "paste", "cut"]) this.host.addEventListener(name, this[`_${name}`]);
    this.input.addEventListener("blur", () => this.#commit());
    this.extend();
  }

  // Shows the rows the store has got since.
  extend() {
    this.host.setAttribute("aria-rowcount", this.store.rows.length + 1);
    const fresh = document.createDocumentFragment();
    for (let number = this.#lines.length; number < this.store.rows.length; number += 1) {
      const line = this.#line(number);
      this.#lines.push(line);
      fresh.append(line);
    }
    this.body.append(fresh);
    if (this.#lines.length && !this.input.isConnected) this.#go(0, 0, { focus: false });
  }

  refresh(rows) {
    const numbers = new Map(this.store.rows.map((row, number) => [row, number]));
    for (const row of rows) this.#paint(numbers.get(row));
    if (this.#mode === "moving") this.#showValue();
  }

  focus() {
    this.input.focus();
  }

  fillDown() {
    const { top, bottom, left, right } = this.#range();
    const changes = [];
    for (let row = top + 1; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) changes.push(this.#change(row, column, this.#text(top, column)));
    }
    this.store.apply(changes);
  }

  // The first cell with a problem, so that people need not look for it.
  goToProblem() {
    const row = this.store.rows.findIndex(({ id }) => this.store.problems.has(id));
    if (row < 0) return;
    const found = this.store.problems.get(this.store.rows[row].id);
    const column = this.store.columns.findIndex(({ key }) => found[key]);
    this.#go(row, Math.max(0, column));
  }

  #head() {
    const head = document.createElement("div");
    head.setAttribute("role", "rowgroup");
    const line = element("div", "row", "grid-row grid-head");
    line.append(element("div", "columnheader", "grid-cell", this.words.code));
    for (const column of this.store.columns) line.append(element("div", "columnheader", `grid-cell grid-${column.key}`, column.label));
    head.append(line);
    return head;
  }

  #line(number) {
    const row = this.store.rows[number];
    const line = element("div", "row", "grid-row");
    line.setAttribute("aria-rowindex", number + 2);
    line.append(element("div", "rowheader", "grid-cell grid-code", `${number + 1}  ${row.code}`));
    this.store.columns.forEach((column, place) => {
      const cell = element("div", "gridcell", `grid-cell grid-${column.key}`, row.cells[column.key]);
      cell.dataset.row = number;
      cell.dataset.column = place;
      line.append(cell);
      this.#mark(cell, row, column.key);
    });
    return line;
  }

  #paint(number) {
    const row = this.store.rows[number];
    const line = this.#lines[number];
    line.firstChild.textContent = `${number + 1}  ${row.code}`;
    this.store.columns.forEach(({ key }, place) => {
      const cell = line.children[place + 1];
      if (cell !== this.input.parentElement) cell.textContent = row.cells[key];
      this.#mark(cell, row, key);
    });
  }

  #mark(cell, row, key) {
    const problem = this.store.problem(row, key);
    cell.classList.toggle("dirty", this.store.isDirty(row, key));
    cell.classList.toggle("bad", Boolean(problem));
    cell.title = problem || (this.store.writable(row, key) ? "" : this.words.fixed);
    if (this.store.writable(row, key)) cell.removeAttribute("aria-readonly");
    else cell.setAttribute("aria-readonly", "true");
  }

  #cell(row, column) {
    return this.#lines[row].children[column + 1];
  }

  #text(row, column) {
    return this.store.rows[row].cells[this.store.columns[column].key];
  }

  #change(row, column, to) {
    return { row: this.store.rows[row], key: this.store.columns[column]?.key, to };
  }

  #go(row, column, { extend = false, focus = true } = {}) {
    this.#commit();
    const last = this.input.parentElement;
    this.#active = {
      row: Math.min(Math.max(0, row), this.store.rows.length - 1),
      column: Math.min(Math.max(0, column), this.store.columns.length - 1),
    };
    if (!extend) this.#anchor = { ...this.#active };
    const cell = this.#cell(this.#active.row, this.#active.column);
    if (last !== cell) {
      cell.replaceChildren(this.input);
      if (last) last.textContent = this.#text(Number(last.dataset.row), Number(last.dataset.column));
    }
    this.#showValue();
    this.#showChoice();
    if (focus) {
      this.input.focus({ preventScroll: true });
      this.input.select();
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  #showValue() {
    if (!this.input.isConnected) return;
    const { row, column } = this.#active;
    const held = this.store.rows[row];
    const { key, label } = this.store.columns[column];
    const problem = this.store.problem(held, key);
    this.input.value = held.cells[key];
    this.input.readOnly = !this.store.writable(held, key);
    this.input.setAttribute("aria-label", `${label} ${row + 1}${problem ? `：${problem}` : ""}`);
    this.input.setAttribute("aria-invalid", String(Boolean(problem)));
    this.input.removeAttribute("list");
    if (document.activeElement === this.input) this.input.select();
  }

  #range() {
    const rows = [this.#anchor.row, this.#active.row];
    const columns = [this.#anchor.column, this.#active.column];
    return { top: Math.min(...rows), bottom: Math.max(...rows), left: Math.min(...columns), right: Math.max(...columns) };
  }

  #showChoice() {
    for (const cell of this.#chosen) cell.removeAttribute("aria-selected");
    this.#chosen = [];
    const { top, bottom, left, right } = this.#range();
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) this.#chosen.push(this.#cell(row, column));
    }
    for (const cell of this.#chosen) cell.setAttribute("aria-selected", "true");
  }

  #edit = () => {
    if (this.input.readOnly) return;
    this.#mode = "editing";
    const column = this.store.columns[this.#active.column];
    if (column.choices.length) this.input.setAttribute("list", `grid-${column.key}`);
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
  };

  #commit() {
    if (this.#mode === "moving") return;
    this.#mode = "moving";
    const { row, column } = this.#active;
    this.store.apply([this.#change(row, column, this.input.value.trim())]);
  }

  #cancel() {
    this.#mode = "moving";
    this.#showValue();
  }

  #key = (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && this.#shortcut(event)) return event.preventDefault();
    if (event.ctrlKey && !["Home", "End"].includes(event.key)) return undefined;
    if (event.metaKey || event.altKey) return undefined;
    if (this.#move(event)) event.preventDefault();
    return undefined;
  };

  #shortcut(event) {
    const key = event.key.toLowerCase();
    if (key === "d") { this.#commit(); this.fillDown(); return true; }
    if (this.#mode !== "moving") return false;
    if (key === "z") { if (event.shiftKey) this.store.redo(); else this.store.undo(); return true; }
    if (key === "y") { this.store.redo(); return true; }
    return false;
  }

  #move(event) {
    const { row, column } = this.#active;
    const { key, shiftKey: extend, ctrlKey } = event;
    if (key === "Enter") return this.#enter(extend);
    if (key === "Tab") return this.#tab(extend);
    if (key === "F2") { this.#edit(); return true; }
    if (key === "Escape") { if (this.#mode === "moving") this.leave(); else this.#cancel(); return true; }
    if (this.#mode === "editing") return false;
    if (key === "Delete" && this.#mode === "moving") { this.#clear(); return true; }
    const last = this.store.columns.length - 1;
    const steps = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      PageUp: [row - PAGE_ROWS, column], PageDown: [row + PAGE_ROWS, column],
      Home: [ctrlKey ? 0 : row, 0], End: [ctrlKey ? this.store.rows.length - 1 : row, last],
    };
    if (!steps[key]) return false;
    this.#go(...steps[key], { extend });
    return true;
  }

  #enter(up) {
    if (this.#mode === "moving" && !up && !this.input.readOnly) this.#edit();
    else this.#go(this.#active.row + (up ? -1 : 1), this.#active.column);
    return true;
  }

  // Past the last cell Tab leaves the grid, as it does before the first.
  #tab(back) {
    const width = this.store.columns.length;
    const place = this.#active.row * width + this.#active.column + (back ? -1 : 1);
    if (place < 0 || place >= this.store.rows.length * width) { this.#commit(); return false; }
    this.#go(Math.floor(place / width), place % width);
    return true;
  }

  #clear() {
    const { top, bottom, left, right } = this.#range();
    const changes = [];
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) changes.push(this.#change(row, column, ""));
    }
    this.store.apply(changes);
  }

  #press = (event) => {
    const cell = event.target.closest("[data-row]");
    if (!cell || event.target === this.input) return;
    event.preventDefault();
    this.#go(Number(cell.dataset.row), Number(cell.dataset.column), { extend: event.shiftKey });
  };

  #drag = (event) => {
    if (event.buttons !== 1 || this.#mode !== "moving") return;
    const cell = event.target.closest("[data-row]");
    if (!cell || cell === this.input.parentElement) return;
    this.#go(Number(cell.dataset.row), Number(cell.dataset.column), { extend: true });
  };

  _copy = (event) => {
    if (this.#mode !== "moving") return;
    const { top, bottom, left, right } = this.#range();
    const lines = [];
    for (let row = top; row <= bottom; row += 1) {
      const texts = [];
      for (let column = left; column <= right; column += 1) texts.push(this.#text(row, column));
      lines.push(texts.join("\t"));
    }
    event.clipboardData.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  };

  _cut = (event) => {
    if (this.#mode !== "moving") return;
    this._copy(event);
    this.#clear();
  };

  // A column or block from a spreadsheet goes down from here; one value fills everything chosen.
  _paste = (event) => {
    if (this.#mode === "editing") return;
    event.preventDefault();
    this.#mode = "moving";
    const table = readTable(event.clipboardData.getData("text/plain"));
    const { top, bottom, left, right } = this.#range();
    const single = table.length === 1 && table[0].length === 1;
    const height = single ? bottom - top + 1 : table.length;
    const width = single ? right - left + 1 : Math.max(...table.map((line) => line.length));
    const changes = [];
    for (let row = 0; row < height && top + row < this.store.rows.length; row += 1) {
      for (let column = 0; column < width && left + column < this.store.columns.length; column += 1) {
        const text = single ? table[0][0] : table[row][column];
        if (text !== undefined) changes.push(this.#change(top + row, left + column, text.trim()));
      }
    }
    this.store.apply(changes);
  };
}

function element(name, role, className, text) {
  const made = document.createElement(name);
  made.setAttribute("role", role);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function datalist(column) {
  const list = document.createElement("datalist");
  list.id = `grid-${column.key}`;
  list.append(...column.choices.map((choice) => new Option(choice, choice)));
  return list;
}

// Tab-separated text as spreadsheets put it on the clipboard; a quoted cell may hold lines and doubled quotes.
export function readTable(text) {
  const rows = [[]];
  const cell = /("(?:[^"]|"")*"|[^\t\r\n]*)(\t|\r\n|\n|\r|$)/gy;
  for (let found = cell.exec(text); found; found = cell.exec(text)) {
    const quoted = found[1].length > 1 && found[1].startsWith('"');
    rows.at(-1).push(quoted ? found[1].slice(1, -1).replaceAll('""', '"').replace(/\s*[\r\n]+\s*/g, "") : found[1]);
    if (!found[2]) break;
    if (found[2] !== "\t") rows.push([]);
    if (cell.lastIndex >= text.length) { if (found[2] === "\t") rows.at(-1).push(""); break; }
  }
  if (!rows.at(-1).length) rows.pop();
  return rows.length ? rows : [[""]];
}
