// Photographs of a group: many chosen at once, each shown beside its fields, people marked in the picture.
// What is marked is written into the field of persons, one a line: name, office, left top width height in per cent.
const rows = document.querySelector("[data-rows=photographs]");
const zone = document.querySelector("[data-pick=photographs]");
const pick = zone.querySelector("input");
const SMALLEST = 1; // per cent: less is a slip of the hand

const fieldOf = (row, name) => row.querySelector(`[name$="-${name}"]`);
const lines = (row) => fieldOf(row, "persons").value.split("\n").filter((line) => line.trim());
const placeOf = (line) => /(?:^|[，,\t])\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*$/.exec(line)?.slice(1).map(Number);

function draw(row) {
  const boxes = lines(row).map(placeOf).filter(Boolean).map(([x, y, width, height]) => rectangle({ x, y, width, height }));
  row.querySelector("svg").replaceChildren(...boxes);
}

function rectangle(attributes) {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries(attributes)) rect.setAttribute(name, value);
  return rect;
}

const exact = (number) => String(Math.round(number * 10) / 10);

function between(a, b) {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

// The name is typed where the line begins.
function addPerson(row, { x, y, width, height }) {
  const field = fieldOf(row, "persons");
  const before = lines(row);
  field.value = [...before, `，${[x, y, width, height].map(exact).join(" ")}`].join("\n");
  const caret = before.join("\n").length + (before.length ? 1 : 0);
  field.rows = Math.max(2, before.length + 2);
  field.focus();
  field.setSelectionRange(caret, caret);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function marking(row) {
  const stage = row.querySelector(".stage");
  let begun = null;
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    const within = (share) => Math.min(100, Math.max(0, share * 100));
    return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) };
  };
  stage.addEventListener("pointerdown", (event) => { event.preventDefault(); begun = at(event); stage.setPointerCapture(event.pointerId); });
  stage.addEventListener("pointermove", (event) => {
    if (!begun) return;
    draw(row);
    row.querySelector("svg").append(rectangle(between(begun, at(event))));
  });
  stage.addEventListener("pointerup", (event) => {
    if (!begun) return;
    const box = between(begun, at(event));
    begun = null;
    if (box.width > SMALLEST && box.height > SMALLEST) addPerson(row, box);
    draw(row);
  });
  fieldOf(row, "persons").addEventListener("input", () => draw(row));
}

function show(row) {
  const [file] = fieldOf(row, "file").files;
  const image = row.querySelector("img");
  URL.revokeObjectURL(image.src);
  row.querySelector(".mark").hidden = !file;
  if (!file) return;
  image.src = URL.createObjectURL(file);
  image.alt = file.name;
  draw(row);
}

function wire(row) {
  marking(row);
  fieldOf(row, "file").addEventListener("change", () => show(row));
}

// Each photograph chosen together gets a row of its own; an empty one is used first.
function spread(files) {
  for (const file of files) {
    const free = [...rows.querySelectorAll(":scope > ol > li")].find((row) => !fieldOf(row, "file").files.length);
    const row = free ?? rows.addRow();
    const one = new DataTransfer();
    one.items.add(file);
    fieldOf(row, "file").files = one.files;
    show(row);
  }
}

zone.hidden = false;
pick.addEventListener("change", () => { spread([...pick.files]); pick.value = ""; });
for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("over"); spread([...event.dataTransfer.files]); });
rows.addEventListener("row", (event) => wire(event.detail));
rows.querySelectorAll(":scope > ol > li").forEach(wire);
