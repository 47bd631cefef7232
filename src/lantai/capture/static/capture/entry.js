// A record described on a page: rows may be added and taken away, and what was typed and chosen stays
// until the server has taken it. Files go before the form, piece by piece (tus 1.0.0): a lost network
// or a closed tab loses nothing that was sent. Without this script the plain form does it.
import { uploaded } from "./tus.js";

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

const percent = (share) => `${Math.floor(share * 100)}%`;
const after = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// Puts the id of an upload into the place of each file; answers under what keys the ids are kept.
async function uploadFiles(form, data, tell) {
  const [words, token, kept] = [form.dataset, form.elements.csrfmiddlewaretoken.value, []];
  const files = [...data].filter(([, value]) => value instanceof File && value.size);
  const total = files.reduce((sum, [, file]) => sum + file.size, 0);
  let done = 0;
  files.forEach(([name]) => data.delete(name));
  for (const [name, file] of files) {
    const key = `lantai.upload.${location.pathname}|${name}|${file.name}|${file.size}|${file.lastModified}`;
    const known = { get: () => localStorage.getItem(key), set: (id) => localStorage.setItem(key, id) };
    const before = done;
    const told = (state, share) => {
      if (state === "waiting") tell(words.lost);
      else tell(words.sending.replace("%s", percent((before + share * file.size) / total)), (before + share * file.size) / total);
    };
    data.append(`upload-${name}`, await uploaded(file, { to: words.uploads, name: file.name, token, known, told, patient: true }));
    done += file.size;
    kept.push(key);
  }
  return kept;
}

async function post(form, data, tell) {
  for (;;) {
    try {
      return await fetch(location.href, { method: "POST", body: data });
    } catch {
      tell(form.dataset.lost);
      await after(2000);
    }
  }
}

async function send(form) {
  const box = form.querySelector(".sending");
  const [bar, status, button] = [box.querySelector("progress"), box.querySelector("[role=status]"), form.querySelector("[type=submit]")];
  const tell = (text, share) => { box.hidden = false; status.textContent = text; if (share !== undefined) bar.value = share; };
  button.disabled = true;
  try {
    const data = new FormData(form);
    const kept = await uploadFiles(form, data, tell);
    tell(form.dataset.waiting, 1);
    const answer = await post(form, data, tell);
    if (answer.ok && new URL(answer.url).pathname !== location.pathname) {
      kept.forEach((key) => localStorage.removeItem(key));
      location.assign(answer.url);
      return;
    }
    box.hidden = true;
    if (!complain(form, await answer.text())) tell(form.dataset.failed);
  } catch (error) {
    tell(error.final ? error.message : form.dataset.failed);
  }
  button.disabled = false;
}

document.querySelectorAll("[data-rows]").forEach(wire);
for (const form of document.querySelectorAll("form[data-entry]")) {
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
}
