// Handing in a package piece by piece (tus 1.0.0): a lost network, a pause or a closed tab loses nothing
// that was sent. Files and folders are sent as one ZIP. Without this script the plain form does it.
import { uploaded } from "./tus.js";
import { crcOf, zipOf } from "./zip.js";

const form = document.querySelector("form[data-uploads]");
const words = form.dataset;
const zone = form.querySelector("[data-drop]");
const input = form.elements.package;
const folder = form.querySelector("#package-folder");
const box = form.querySelector(".sending");
const bar = box.querySelector("progress");
const status = box.querySelector("[role=status]");
const pause = box.querySelector("button");
const send = form.querySelector("button[type=submit]");
const token = form.elements.csrfmiddlewaretoken.value;
let chosen = []; // [{path, file}]
let name = "";
let running = null; // AbortController of what is under way

const percent = (share) => `${Math.floor(share * 100)}%`;

function tell(text, share) {
  box.hidden = false;
  status.textContent = text;
  if (share !== undefined) bar.value = share;
}

function choose(files, called) {
  chosen = files;
  name = called;
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (files.length > 1) tell(words.many.replace("%s", files.length), 0);
  if (size > Number(words.limit)) tell(words.tooLarge, 0);
}

// A folder's own name does not belong into the package; its content does.
function without(top, path) { return top && path.startsWith(`${top}/`) ? path.slice(top.length + 1) : path; }

function chooseFiles(files) {
  const paths = files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  const top = paths[0]?.path.includes("/") ? paths[0].path.split("/")[0] : "";
  const same = top && paths.every(({ path }) => path.startsWith(`${top}/`));
  choose(paths.map(({ path, file }) => ({ path: same ? without(top, path) : path, file })),
    same ? `${top}.zip` : files.length === 1 ? files[0].name : "package.zip");
}

async function walk(entry, into) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    into.push({ path: entry.fullPath.slice(1), file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) return;
    for (const each of some) await walk(each, into);
  }
}

zone.addEventListener("drop", async (event) => {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length < 2 && !entries.some((entry) => entry.isDirectory)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  zone.classList.remove("over");
  input.value = "";
  const found = [];
  for (const entry of entries) await walk(entry, found);
  const top = entries.length === 1 ? entries[0].name : "";
  choose(found.map(({ path, file }) => ({ path: without(top, path), file })), `${top || "package"}.zip`);
}, true);
input.addEventListener("change", () => chooseFiles([...input.files]));
folder.addEventListener("change", () => { input.value = ""; chooseFiles([...folder.files]); });

// What this selection is recognised by when the page is opened again.
function fingerprint() {
  const lines = chosen.map(({ path, file }) => `${path}|${file.size}|${file.lastModified}`).sort().join("\n");
  const size = chosen.reduce((sum, { file }) => sum + file.size, 0);
  const latest = Math.max(...chosen.map(({ file }) => file.lastModified));
  return `lantai.upload.${crcOf(new TextEncoder().encode(lines)).toString(16)}.${chosen.length}.${size}.${latest}`;
}

function toldSending(state, share) {
  if (state === "waiting") tell(words.waiting);
  else tell(words[state].replace("%s", percent(share)), share);
}

async function sent(blob, signal) {
  const kept = fingerprint();
  const known = { get: () => localStorage.getItem(kept), set: (id) => localStorage.setItem(kept, id) };
  const id = await uploaded(blob, { to: words.uploads, name, token, known, signal, told: toldSending, patient: true });
  localStorage.removeItem(kept);
  return id;
}

async function whole(signal) {
  if (chosen.length === 1 && chosen[0].file.name === name) return chosen[0].file;
  const total = chosen.reduce((sum, { file }) => sum + file.size, 0) || 1;
  let done = 0;
  return zipOf(chosen, (bytes) => {
    signal.throwIfAborted();
    done += bytes;
    tell(words.reading.replace("%s", percent(done / total)), done / total);
  });
}

async function handIn() {
  running = new AbortController();
  send.disabled = true;
  pause.hidden = false;
  pause.textContent = words.pause;
  try {
    form.elements.upload.value = await sent(await whole(running.signal), running.signal);
    input.disabled = true;
    folder.disabled = true;
    form.submit();
  } catch (error) {
    const paused = running.signal.aborted;
    tell(paused ? words.paused : words.failed.replace("%s", error.message));
    pause.hidden = !paused;
    pause.textContent = words.resume;
    send.disabled = false;
  }
  running = null;
}

pause.addEventListener("click", () => { if (running) running.abort(); else handIn(); });
form.addEventListener("submit", (event) => {
  if (!chosen.length || running) return;
  event.preventDefault();
  handIn();
});
addEventListener("pageshow", () => { form.elements.upload.value = ""; input.disabled = false; send.disabled = false; });
pause.hidden = true;
form.querySelector(".whole-folder").hidden = false;
