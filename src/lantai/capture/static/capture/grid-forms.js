// The narrow view: each record a form that opens; the same store as the grid.
const AT_ONCE = 30;

export class GridForms {
  #shown = 0;
  #forms = new Map();

  constructor(host, store, words) {
    Object.assign(this, { host, store, words });
    this.more = document.createElement("button");
    this.more.type = "button";
    this.more.className = "btn";
    this.more.textContent = words.more;
  }

  open() {
    for (const name of ["role", "aria-multiselectable", "aria-colcount", "aria-rowcount"]) this.host.removeAttribute(name);
    this.host.classList.remove("grid");
    this.host.replaceChildren(this.more);
    this.more.addEventListener("click", () => this.extend());
    this.extend();
  }

  extend() {
    const until = Math.min(this.#shown + AT_ONCE, this.store.rows.length);
    for (; this.#shown < until; this.#shown += 1) this.more.before(this.#form(this.store.rows[this.#shown], this.#shown));
    this.more.hidden = this.#shown >= this.store.rows.length;
  }

  refresh(rows) {
    for (const row of rows) {
      const form = this.#forms.get(row);
      if (form) this.#paint(form, row);
    }
  }

  focus() {
    this.host.querySelector("summary")?.focus();
  }

  fillDown() {}

  goToProblem() {
    const row = this.store.rows.find(({ id }) => this.store.problems.has(id));
    while (row && !this.#forms.has(row) && !this.more.hidden) this.extend();
    const form = this.#forms.get(row);
    if (!form) return;
    form.open = true;
    this.#fill(form, row);
    form.querySelector("[aria-invalid=true]")?.focus();
  }

  #form(row, number) {
    const form = document.createElement("details");
    form.className = "fold grid-form";
    form.append(document.createElement("summary"));
    form.dataset.number = number + 1;
    form.addEventListener("toggle", () => { if (form.open) this.#fill(form, row); });
    this.#forms.set(row, form);
    this.#paint(form, row);
    return form;
  }

  #fill(form, row) {
    if (form.children.length > 1) return;
    const fields = document.createElement("div");
    fields.className = "flow";
    for (const column of this.store.columns) fields.append(this.#field(row, column));
    form.append(fields);
    this.#paint(form, row);
  }

  #field(row, column) {
    const field = document.createElement("div");
    field.className = "field";
    const id = `cell-${row.id}-${column.key}`;
    const label = document.createElement("label");
    label.htmlFor = id;
    label.textContent = column.label;
    const control = column.choices.length ? choice(column, row.cells[column.key]) : document.createElement(column.key === "title" ? "textarea" : "input");
    control.id = id;
    control.dataset.key = column.key;
    control.disabled = !this.store.writable(row, column.key);
    control.addEventListener("change", () => this.store.apply([{ row, key: column.key, to: control.value.trim() }]));
    const problem = document.createElement("p");
    problem.className = "problem";
    problem.id = `${id}-problem`;
    control.setAttribute("aria-describedby", problem.id);
    field.append(label, control, problem);
    return field;
  }

  #paint(form, row) {
    const dirty = this.store.columns.some(({ key }) => this.store.isDirty(row, key));
    form.firstChild.textContent = `${form.dataset.number} ${row.cells.title || this.words.empty}`;
    form.classList.toggle("dirty", dirty);
    form.classList.toggle("bad", this.store.problems.has(row.id));
    for (const control of form.querySelectorAll("[data-key]")) {
      const problem = this.store.problem(row, control.dataset.key);
      if (control.value !== row.cells[control.dataset.key]) control.value = row.cells[control.dataset.key];
      control.setAttribute("aria-invalid", String(Boolean(problem)));
      control.nextSibling.textContent = problem;
    }
  }
}

function choice(column, value) {
  const select = document.createElement("select");
  const choices = ["", ...column.choices];
  if (!choices.includes(value)) choices.push(value);
  select.append(...choices.map((text) => new Option(text, text)));
  return select;
}
