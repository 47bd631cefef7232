// A paper photographed page by page. What is being filled in is kept in this phone; a paper that is
// handed in waits there until the server has taken it: no signal, a closed tab or an empty battery loses nothing.
import { draftOf, drop, forgetDraft, keepDraft, keeps, put, sendAll, waiting, watch } from "./papers.js";

const LONG_SIDE = 3508; // A4 at 300 dpi
const RETRY_MS = 60000;
const form = document.getElementById("paper");
const words = form.dataset;
const whose = words.draftOf;
const box = form.querySelector(".shots");
const list = form.querySelector(".pages");
const status = form.querySelector(".kept");
const queue = document.getElementById("waiting");
const typed = ["title", "date", "kind", "persons", "note"].map((name) => form.elements[name]);
const fresh = typed.map((field) => field.value);
const shares = new Map(); // how much of each paper has been sent
let pages = [];

const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function keep() {
  const draft = { pages, key: form.elements.key.value, private: form.elements.private.checked,
    typed: typed.map((field) => field.value) };
  return keepDraft(whose, draft).catch(() => {});
}

function tell(text) {
  status.textContent = text;
  status.hidden = !text;
}

function made(name, text, className = "") {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = className;
  return element;
}

function button(text, label, act) {
  const element = made("button", text, "plain");
  element.type = "button";
  element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  return element;
}

function show() {
  list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
  list.replaceChildren(...pages.map((page, place) => {
    const name = words.page.replace("%s", place + 1);
    const image = document.createElement("img");
    image.src = URL.createObjectURL(page);
    image.alt = name;
    const line = document.createElement("p");
    line.append(made("span", name));
    if (place) line.append(button(words.up, `${name} ${words.up}`, () => change(() => {
      [pages[place - 1], pages[place]] = [pages[place], pages[place - 1]];
    })));
    line.append(button(words.remove, `${name} ${words.remove}`, () => change(() => pages.splice(place, 1))));
    const item = document.createElement("li");
    item.append(image, line);
    return item;
  }));
}

function change(act) {
  act();
  show();
  keep();
}

async function lighter(file) {
  if (!form.querySelector("#id_small").checked) return file;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = LONG_SIDE / Math.max(picture.width, picture.height);
  if (scale >= 1) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.88); });
  return new File([blob], `${file.name.replace(/\.[^.]*$/, "")}.jpg`, { type: "image/jpeg" });
}

async function take(input) {
  const added = await Promise.all([...input.files].map(lighter));
  input.value = "";
  change(() => pages.push(...added));
  tell("");
}

function fill(draft) {
  pages = draft.pages;
  form.elements.key.value = draft.key;
  form.elements.private.checked = draft.private;
  draft.typed.forEach((value, place) => { typed[place].value = value; });
  show();
}

function standing(paper) {
  if (paper.problems) return paper.problems.join(" ");
  const share = shares.get(paper.key);
  if (share !== undefined) return words.sent.replace("%s", `${Math.floor(share * 100)}%`);
  return navigator.onLine ? words.soon : words.later;
}

async function showWaiting() {
  const papers = await waiting(whose).catch(() => []);
  if (!papers.length && !queue.hidden) tell(words.done);
  queue.hidden = !papers.length;
  queue.querySelector("ul").replaceChildren(...papers.map((paper) => {
    const item = document.createElement("li");
    const title = Object.fromEntries(paper.said).title;
    const meta = made("div", "", "meta");
    meta.append(made("span", words.count.replace("%s", paper.pages.length)),
      made("span", standing(paper), paper.problems ? "state bad" : "state wait"));
    if (shares.get(paper.key) === undefined) meta.append(button(words.regain, `${title} ${words.regain}`, () => takeBack(paper)));
    item.append(made("span", title, "title"), meta);
    return item;
  }));
}

// A paper that waits becomes the one being filled in, unless another is.
async function takeBack(paper) {
  if (pages.length) return tell(words.busy);
  const said = Object.fromEntries(paper.said);
  fill({ pages: paper.pages, key: newKey(), private: Boolean(said.private), typed: typed.map((field) => said[field.name] ?? "") });
  await keep();
  await drop(paper.key);
  await showWaiting();
}

// Sends what waits, and goes to where the named paper went if it did.
async function sendWaiting(key) {
  try {
    const went = await sendAll(location.pathname, (each, share) => { shares.set(each, share); showWaiting(); });
    shares.clear();
    await showWaiting();
    if (went === null) tell(words.signedOut);
    else if (key && went[key]) location.assign(went[key]);
  } catch {
    shares.clear();
    await showWaiting();
    if (!queue.hidden) tell(navigator.onLine ? words.unsent : words.queued);
  }
}

// The paper this page handed in last: its worker may be the one that sends it.
let handedIn = "";

async function submit(event) {
  event.preventDefault();
  if (!pages.length) return tell(words.none);
  const said = [...new FormData(form)].filter(([, value]) => typeof value === "string")
    .filter(([name]) => !["csrfmiddlewaretoken", "key", "upload"].includes(name));
  const key = form.elements.key.value;
  await put({ key, whose, since: Date.now(), said, pages });
  await forgetDraft(whose);
  fill({ pages: [], key: newKey(), private: false, typed: fresh });
  await showWaiting();
  if (navigator.onLine) handedIn = key;
  const ready = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  await ready?.sync?.register("papers").catch(() => {});
  if (!navigator.onLine) return tell(words.queued);
  tell(words.sending);
  return sendWaiting(key);
}

// Once opened, the page opens again without a network, and its worker sends when one returns.
async function install() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(words.worker, { type: "module", scope: location.pathname });
  const ready = await navigator.serviceWorker.ready;
  const needed = performance.getEntriesByType("resource").map((entry) => entry.name)
    .filter((address) => address.startsWith(`${location.origin}/static/`));
  ready.active.postMessage({ hold: [location.href, ...needed] });
}

async function begin() {
  const draft = await draftOf(whose).catch(() => null);
  if (draft) {
    fill(draft);
    if (pages.length || typed[0].value) tell(words.kept);
  }
  box.dataset.live = "";
  for (const input of form.querySelectorAll(".pick")) input.addEventListener("change", () => take(input));
  form.addEventListener("input", (event) => { if (!event.target.matches(".pick")) keep(); });
  form.addEventListener("submit", submit);
  watch((told) => (handedIn && told.key === handedIn ? location.assign(told.went) : showWaiting()));
  addEventListener("online", () => sendWaiting());
  addEventListener("offline", showWaiting);
  await showWaiting();
  if (!(await keeps)) tell(words.unkept);
  const again = async () => { if (navigator.onLine && (await waiting(whose)).length) await sendWaiting(); };
  setInterval(again, RETRY_MS);
  await again();
}

begin();
install().catch(() => {});
