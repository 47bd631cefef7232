// What the grid holds: rows, what was typed and not saved, what is wrong, undo and redo. Knows nothing of the page.
const KEPT_ROUNDS = 200;

export class GridStore extends EventTarget {
  rows = [];
  problems = new Map();
  #byId = new Map();
  #done = [];
  #undone = [];

  constructor(columns, draftKey) {
    super();
    this.columns = columns;
    this.draftKey = draftKey;
  }

  load(rows) {
    for (const row of rows) {
      row.saved = { ...row.cells };
      this.#byId.set(row.id, row);
      this.rows.push(row);
    }
    const restored = this.#restoreDraft(rows);
    this.#tell([]);
    return restored;
  }

  // Changes are {row, key, to}; a fixed row keeps its place. One call is one step of undo.
  apply(changes) {
    const step = changes
      .filter(({ row, key, to }) => row && this.writable(row, key) && row.cells[key] !== to)
      .map(({ row, key, to }) => ({ row, key, from: row.cells[key], to }));
    if (!step.length) return;
    for (const { row, key, to } of step) row.cells[key] = to;
    this.#done.push(step);
    if (this.#done.length > KEPT_ROUNDS) this.#done.shift();
    this.#undone = [];
    this.#changed(step);
  }

  undo() {
    this.#turn(this.#done, this.#undone, "from");
  }

  redo() {
    this.#turn(this.#undone, this.#done, "to");
  }

  writable(row, key) {
    return !(row.fixed && this.columns.find((column) => column.key === key).placing);
  }

  isDirty(row, key) {
    return row.cells[key] !== row.saved[key];
  }

  problem(row, key) {
    const found = this.problems.get(row.id);
    return found ? found[key] || found[""] || "" : "";
  }

  // Rows with unsaved cells, as the server takes them.
  pending() {
    return this.rows.flatMap((row) => {
      const dirty = this.columns.filter(({ key }) => this.isDirty(row, key));
      if (!dirty.length) return [];
      return [{ id: row.id, seen: row.seen, cells: Object.fromEntries(dirty.map(({ key }) => [key, row.cells[key]])) }];
    });
  }

  get dirtyCount() {
    return this.pending().reduce((sum, row) => sum + Object.keys(row.cells).length, 0);
  }

  get problemCount() {
    return [...this.problems.values()].reduce((sum, found) => sum + Object.keys(found).length, 0);
  }

  // The server's answer: cells that stand now, and what is wrong. What was typed since it was sent stays.
  settle(rows, problems, sent) {
    const touched = [];
    this.problems = new Map(Object.entries(problems));
    for (const fresh of rows) {
      const row = this.#byId.get(fresh.id);
      const given = sent?.get(fresh.id) || {};
      const wrong = problems[fresh.id] || {};
      for (const { key } of this.columns) {
        const typedSince = key in given ? row.cells[key] !== given[key] : this.isDirty(row, key);
        row.saved[key] = fresh.cells[key];
        if (!typedSince && !wrong[key]) row.cells[key] = fresh.cells[key];
      }
      Object.assign(row, { seen: fresh.seen, code: fresh.code, fixed: fresh.fixed });
      touched.push(row);
    }
    for (const id of this.problems.keys()) touched.push(this.#byId.get(id));
    this.#saveDraft();
    this.#tell(touched.filter(Boolean));
  }

  #turn(from, onto, side) {
    const step = from.pop();
    if (!step) return;
    for (const change of step) change.row.cells[change.key] = change[side];
    onto.push(step);
    this.#changed(step);
  }

  #changed(step) {
    for (const { row, key } of step) {
      const found = this.problems.get(row.id);
      if (!found) continue;
      delete found[key];
      if (!Object.keys(found).length) this.problems.delete(row.id);
    }
    this.#saveDraft();
    this.#tell([...new Set(step.map(({ row }) => row))]);
  }

  #tell(rows) {
    this.dispatchEvent(new CustomEvent("change", { detail: { rows } }));
  }

  #saveDraft() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const draft = Object.fromEntries(this.pending().map(({ id, cells }) => [id, cells]));
      if (Object.keys(draft).length) sessionStorage.setItem(this.draftKey, JSON.stringify(draft));
      else sessionStorage.removeItem(this.draftKey);
    }, 300);
  }

  #restoreDraft(rows) {
    const draft = JSON.parse(sessionStorage.getItem(this.draftKey) || "{}");
    let restored = 0;
    for (const row of rows) {
      for (const [key, value] of Object.entries(draft[row.id] || {})) {
        if (key in row.cells && row.cells[key] !== value) {
          row.cells[key] = value;
          restored += 1;
        }
      }
    }
    return restored;
  }
}
