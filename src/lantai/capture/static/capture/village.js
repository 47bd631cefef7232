// A paper photographed page by page. Photographs and answers are kept in this phone (IndexedDB) until
// the server has taken them: no signal, a closed tab or an empty battery loses nothing.
const LONG_SIDE = 3508; // A4 at 300 dpi
const form = document.getElementById("paper");
const box = form.querySelector(".shots");
const list = form.querySelector(".pages");
const status = form.querySelector(".kept");
const send = form.querySelector('button[type="submit"]');
const typed = ["title", "date", "kind", "persons", "note"].map((name) => form.elements[name]);
let pages = [];

const store = new Promise((resolve, reject) => {
  const opening = indexedDB.open("lantai.papers", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("drafts");
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});

async function kept(mode, act) {
  const database = await store;
  return new Promise((resolve, reject) => {
    const request = act(database.transaction("drafts", mode).objectStore("drafts"));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const whose = form.dataset.draftOf;
const forget = () => kept("readwrite", (drafts) => drafts.delete(whose));

function keep() {
  const draft = { pages, key: form.elements.key.value, private: form.elements.private.checked,
    typed: typed.map((field) => field.value) };
  return kept("readwrite", (drafts) => drafts.put(draft, whose)).catch(() => {});
}

function tell(text) {
  status.textContent = text;
  status.hidden = !text;
}

function button(text, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function show() {
  list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
  list.replaceChildren(...pages.map((page, place) => {
    const name = form.dataset.page.replace("%s", place + 1);
    const image = document.createElement("img");
    image.src = URL.createObjectURL(page);
    image.alt = name;
    const line = document.createElement("p");
    const label = document.createElement("span");
    label.textContent = name;
    line.append(label);
    if (place) line.append(button(form.dataset.up, `${name} ${form.dataset.up}`, () => change(() => {
      [pages[place - 1], pages[place]] = [pages[place], pages[place - 1]];
    })));
    line.append(button(form.dataset.remove, `${name} ${form.dataset.remove}`, () => change(() => pages.splice(place, 1))));
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
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
  return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
}

async function take(input) {
  const added = await Promise.all([...input.files].map(lighter));
  input.value = "";
  change(() => pages.push(...added));
  tell("");
}

function parcel() {
  const data = new FormData(form);
  data.delete("photos");
  pages.forEach((page) => data.append("photos", page, page.name));
  return data;
}

function complain(text) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  const summary = answer.querySelector(".error-summary, .notice.warning, main .lede");
  document.querySelectorAll("main .error-summary").forEach((old) => old.remove());
  if (!summary) return tell(form.dataset.unsent);
  form.before(summary);
  summary.setAttribute("tabindex", "-1");
  summary.focus();
  tell("");
}

async function submit(event) {
  event.preventDefault();
  if (!pages.length) return tell(form.dataset.none);
  await keep();
  if (!navigator.onLine) return tell(form.dataset.offline);
  send.disabled = true;
  tell(form.dataset.sending);
  try {
    const answer = await fetch(location.href, { method: "POST", body: parcel() });
    if (answer.ok && answer.redirected) {
      await forget();
      location.assign(answer.url);
      return;
    }
    complain(await answer.text());
  } catch {
    tell(navigator.onLine ? form.dataset.unsent : form.dataset.offline);
  }
  send.disabled = false;
}

async function begin() {
  const draft = await kept("readonly", (drafts) => drafts.get(whose)).catch(() => null);
  if (draft) {
    pages = draft.pages;
    form.elements.key.value = draft.key;
    form.elements.private.checked = draft.private;
    draft.typed.forEach((value, place) => { typed[place].value = value; });
    if (pages.length || typed[0].value) tell(form.dataset.kept);
    show();
  }
  box.dataset.live = "";
  for (const input of form.querySelectorAll(".pick")) input.addEventListener("change", () => take(input));
  form.addEventListener("input", (event) => { if (!event.target.matches(".pick")) keep(); });
  form.addEventListener("submit", submit);
  addEventListener("online", () => { if (pages.length) tell(form.dataset.kept); });
}

begin();
