// Handing in a package piece by piece (tus 1.0.0): a lost network, a pause or a closed tab loses nothing
// that was sent. Files and folders are sent as one ZIP. Without this script the plain form does it.
import { crcOf, zipOf } from "./zip.js";

const PIECE = 4 * 1024 * 1024;
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
const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
let chosen = []; // [{path, file}]
let name = "";
let running = null; // AbortController of what is under way

const percent = (share) => `${Math.floor(share * 100)}%`;
const after = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

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

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  return Object.assign(new Error([said.message || answer.statusText, said.remedy].filter(Boolean).join(" ")), { final: true });
}

async function begin(blob, signal) {
  const answer = await fetch(words.uploads, { method: "POST", signal, headers: { ...headers,
    "Upload-Length": String(blob.size), "Upload-Metadata": `filename ${base64(name)}` } });
  if (!answer.ok) throw await refusal(answer);
  return answer.headers.get("Location").split("/").pop();
}

// Where the upload ends now; null when the server no longer knows it.
async function standing(id, signal) {
  const answer = await fetch(`${words.uploads}/${id}`, { method: "HEAD", headers, signal });
  if ([404, 410].includes(answer.status)) return null;
  if (!answer.ok) throw new Error(answer.statusText);
  return Number(answer.headers.get("Upload-Offset"));
}

async function sendPieces(id, blob, offset, signal) {
  while (offset < blob.size) {
    const answer = await fetch(`${words.uploads}/${id}`, { method: "PATCH", signal, body: blob.slice(offset, offset + PIECE),
      headers: { ...headers, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" } });
    if ([400, 401, 403, 413, 415].includes(answer.status)) throw await refusal(answer);
    if (!answer.ok) throw new Error(answer.statusText);
    offset = Number(answer.headers.get("Upload-Offset"));
    tell(words.sending.replace("%s", percent(offset / blob.size)), offset / blob.size);
  }
}

async function uploaded(blob, signal) {
  const kept = fingerprint();
  for (let tries = 0; ; tries += 1) {
    try {
      let id = localStorage.getItem(kept);
      let offset = id ? await standing(id, signal) : null;
      if (offset === null) {
        id = await begin(blob, signal);
        offset = 0;
        localStorage.setItem(kept, id);
      } else tell(words.kept.replace("%s", percent(offset / blob.size)), offset / blob.size);
      await sendPieces(id, blob, offset, signal);
      localStorage.removeItem(kept);
      return id;
    } catch (error) {
      if (error.final || signal.aborted) throw error;
      tell(words.waiting);
      await after(Math.min(15000, 500 * 2 ** Math.min(tries, 5)));
    }
  }
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
    form.elements.upload.value = await uploaded(await whole(running.signal), running.signal);
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
