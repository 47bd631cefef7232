// Editing a batch of records: fetches rows, shows them as a grid or, on a narrow screen, as forms, and saves.
import { GridForms } from "./grid-forms.js";
import { GridStore } from "./grid-store.js";
import { GridTable } from "./grid-table.js";

const root = document.querySelector("[data-grid]");
const { urls, columns, words } = JSON.parse(root.dataset.grid);
const host = root.querySelector("[data-grid-host]");
const told = root.querySelector("[data-grid-told]");
const buttons = Object.fromEntries([...root.querySelectorAll("[data-do]")].map((button) => [button.dataset.do, button]));
const store = new GridStore(columns, `lantai-grid:${urls.rows}`);
const narrow = matchMedia("(max-width: 47.99rem)");
let view;
let last = null;
let saving = false;

const say = (text, count = 0) => { told.textContent = text.replace("{count}", count); };

function show() {
  const next = document.createElement("div");
  next.dataset.gridHost = "";
  next.setAttribute("aria-label", host.getAttribute("aria-label"));
  root.querySelector("[data-grid-host]").replaceWith(next);
  root.querySelectorAll("datalist").forEach((list) => list.remove());
  view = narrow.matches ? new GridForms(next, store, words) : new GridTable(next, store, words, () => buttons.save.focus());
  if (narrow.matches) next.removeAttribute("aria-label");
  view.open();
}

function showState() {
  const count = store.dirtyCount;
  buttons.save.disabled = !count || saving;
  buttons.withdraw.disabled = !last || Boolean(count) || saving;
  if (count) say(words.unsaved, count);
}

async function send(url, body, headers) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token, ...headers }, body });
  const kind = answer.headers.get("Content-Type") || "";
  const data = kind.includes("json") ? await answer.json() : {};
  if (!answer.ok) throw new Error(data.problem || words.failed);
  return data;
}

async function save() {
  const rows = store.pending();
  if (!rows.length || saving) return;
  saving = true;
  say(words.saving);
  try {
    const sent = new Map(rows.map(({ id, cells }) => [id, cells]));
    const reason = root.querySelector("[name=reason]").value;
    const answer = await send(urls.save, JSON.stringify({ rows, reason }), { "Content-Type": "application/json" });
    last = answer.last;
    store.settle(answer.rows, answer.problems, sent);
    saving = false;
    showState();
    if (store.problemCount) { say(words.wrong, store.problemCount); view.goToProblem(); } else say(words.saved, answer.rows.length);
  } catch (error) {
    saving = false;
    showState();
    say(error.message === "Failed to fetch" ? words.failed : error.message);
  }
}

async function withdraw() {
  try {
    const answer = await send(urls.undo, new URLSearchParams({ edit: last.id }));
    last = answer.last;
    store.settle(answer.rows, {});
    showState();
    say(words.undone, answer.rows.length);
  } catch (error) {
    say(error.message);
  }
}

async function load() {
  let after = "";
  let restored = 0;
  for (let more = true; more;) {
    const answer = await (await fetch(after ? `${urls.rows}?after=${after}` : urls.rows)).json();
    restored += store.load(answer.rows);
    if (view) view.extend(); else show();
    last = answer.last;
    more = answer.more;
    after = answer.rows.at(-1)?.id;
  }
  showState();
  if (restored) say(words.restored, restored); else if (!store.dirtyCount) say(words.loaded, store.rows.length);
  root.dataset.ready = "";
}

Object.entries({
  save, withdraw, undo: () => { store.undo(); view.focus(); }, redo: () => { store.redo(); view.focus(); },
  fill: () => { view.fillDown(); view.focus(); },
}).forEach(([name, act]) => {
  buttons[name].addEventListener("mousedown", (event) => event.preventDefault());
  buttons[name].addEventListener("click", act);
});
store.addEventListener("change", ({ detail }) => { view?.refresh(detail.rows); showState(); });
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    document.activeElement.blur();
    save().then(() => view.focus());
  }
});
window.addEventListener("beforeunload", (event) => { if (store.dirtyCount) event.preventDefault(); });
narrow.addEventListener("change", show);
load();
