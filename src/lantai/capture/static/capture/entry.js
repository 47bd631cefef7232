// A record described on a page: rows may be added and taken away, and what was typed and chosen stays
// until the server has taken it. Without this script the plain form does it.
const names = (row) => [...row.querySelectorAll("[name]")];

function wire(rows) {
  const list = rows.querySelector("ol");
  const blank = rows.querySelector("template");
  const total = rows.querySelector("[name$='-TOTAL_FORMS']");
  const away = (row) => {
    for (const button of row.querySelectorAll("[data-away]")) {
      button.hidden = false;
      button.addEventListener("click", () => { row.remove(); rows.dispatchEvent(new Event("input", { bubbles: true })); });
    }
  };
  rows.addRow = () => {
    const made = document.createElement("template");
    made.innerHTML = blank.innerHTML.replaceAll("__prefix__", total.value);
    total.value = Number(total.value) + 1;
    const row = made.content.firstElementChild;
    list.append(row);
    away(row);
    rows.dispatchEvent(new CustomEvent("row", { detail: row }));
    return row;
  };
  [...list.children].forEach(away);
  const more = rows.querySelector("[data-more]");
  more.hidden = false;
  more.addEventListener("click", () => names(rows.addRow())[0].focus());
}

function complain(form, text) {
  const summary = new DOMParser().parseFromString(text, "text/html").querySelector(".error-summary, main .notice, main .lede");
  document.querySelectorAll("main .error-summary").forEach((old) => old.remove());
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  if (!summary) return false;
  form.before(summary);
  for (const link of summary.querySelectorAll("a[href^='#']")) document.getElementById(link.hash.slice(1))?.setAttribute("aria-invalid", "true");
  summary.tabIndex = -1;
  summary.focus();
  return true;
}

function send(form) {
  const box = form.querySelector(".sending");
  const [bar, status, button] = [box.querySelector("progress"), box.querySelector("[role=status]"), form.querySelector("[type=submit]")];
  const request = new XMLHttpRequest();
  const tell = (text, share) => { box.hidden = false; status.textContent = text; if (share !== undefined) bar.value = share; };
  const failed = () => { tell(form.dataset.failed); button.disabled = false; };
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    if (loaded < total) tell(form.dataset.sending.replace("%s", `${Math.floor(loaded * 100 / total)}%`), loaded / total);
    else tell(form.dataset.waiting, 1);
  });
  request.addEventListener("error", failed);
  request.addEventListener("load", () => {
    const elsewhere = new URL(request.responseURL).pathname !== location.pathname;
    if (request.status === 200 && elsewhere) { location.assign(request.responseURL); return; }
    box.hidden = true;
    button.disabled = false;
    if (!complain(form, request.responseText)) failed();
  });
  button.disabled = true;
  request.open("POST", location.href);
  request.send(new FormData(form));
}

document.querySelectorAll("[data-rows]").forEach(wire);
for (const form of document.querySelectorAll("form[data-entry]")) {
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
}
