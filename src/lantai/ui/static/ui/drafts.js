// Nothing typed is ever lost: a form with data-draft="key" keeps what is typed in it for this
// tab, through reloads, time-outs and wrong turns, until the server has taken it.
const PREFIX = "lantai.draft.";
const NEVER = new Set(["password", "file", "hidden", "submit", "button"]);

const fields = (form) => [...form.elements].filter((field) => field.name && !NEVER.has(field.type));

function read(form) {
  return fields(form).map((field) => [field.name, field.type === "checkbox" || field.type === "radio"
    ? `${field.value}\u0000${field.checked}` : field.value]);
}

function restore(form, values) {
  const left = new Map();
  values.forEach(([name, value]) => left.set(name, [...(left.get(name) ?? []), value]));
  let restored = false;
  for (const field of fields(form)) {
    const value = left.get(field.name)?.shift();
    if (value === undefined) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      const checked = value === `${field.value}\u0000true`;
      restored ||= checked !== field.checked;
      field.checked = checked;
    } else if (value !== "" && field.value !== value) {
      field.value = value;
      restored = true;
    }
  }
  return restored;
}

function tell(form) {
  const text = form.dataset.draftKept;
  if (!text) return;
  const line = document.createElement("p");
  line.className = "kept";
  line.setAttribute("role", "status");
  line.textContent = text;
  form.prepend(line);
}

// A page in a frame of another site may be refused any storage.
function mayKeep() {
  try {
    return Boolean(sessionStorage);
  } catch {
    return false;
  }
}

export function keepDrafts() {
  if (!mayKeep()) return;
  const here = new Map([...document.querySelectorAll("form[data-draft]")].map((form) => [PREFIX + form.dataset.draft, form]));

  // A draft that was sent and brought us to another page has been taken.
  for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX))) {
    const draft = JSON.parse(sessionStorage.getItem(key));
    if (draft.sent && draft.path !== location.pathname) sessionStorage.removeItem(key);
  }
  for (const [key, form] of here) {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
    // A form that came back with errors already holds what was sent.
    const cameBack = kept?.sent && form.querySelector('[aria-invalid="true"], .errorlist');
    if (kept && !cameBack && restore(form, kept.values)) tell(form);
    const save = (sent) => sessionStorage.setItem(key, JSON.stringify({ path: location.pathname, sent, values: read(form) }));
    form.addEventListener("input", () => save(false));
    form.addEventListener("submit", () => save(true));
    form.addEventListener("reset", () => sessionStorage.removeItem(key));
  }
}
