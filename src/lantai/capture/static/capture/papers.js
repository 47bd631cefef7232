// Photographed papers that wait in this phone (IndexedDB) until the server has taken them. The page and
// its service worker share this: whichever has a network sends, one at a time, each paper once.
import { uploaded } from "./tus.js";
import { zipOf } from "./zip.js";

const NAME = "lantai.papers";
const UPLOADS = "/api/v1/uploads";
const news = new BroadcastChannel(NAME);

// A page in a frame of another site may be refused any storage: papers then wait in the open page alone.
const opened = new Promise((resolve, reject) => {
  const opening = indexedDB.open(NAME, 2);
  opening.onupgradeneeded = () => {
    const there = opening.result.objectStoreNames;
    if (!there.contains("drafts")) opening.result.createObjectStore("drafts");
    if (!there.contains("queue")) opening.result.createObjectStore("queue", { keyPath: "key" });
  };
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
}).catch(() => null);
export const keeps = opened.then(Boolean);

const held = { drafts: new Map(), queue: new Map() };
const inMemory = (kept) => ({
  get: (key) => ({ result: kept.get(key) }),
  getAll: () => ({ result: [...kept.values()] }),
  put: (value, key = value.key) => ({ result: kept.set(key, value) }),
  delete: (key) => ({ result: kept.delete(key) }),
});

async function within(store, mode, act) {
  const database = await opened;
  if (!database) return act(inMemory(held[store])).result;
  return new Promise((resolve, reject) => {
    const request = act(database.transaction(store, mode).objectStore(store));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export const draftOf = (whose) => within("drafts", "readonly", (drafts) => drafts.get(whose));
export const keepDraft = (whose, draft) => within("drafts", "readwrite", (drafts) => drafts.put(draft, whose));
export const forgetDraft = (whose) => within("drafts", "readwrite", (drafts) => drafts.delete(whose));

// A paper: {key, whose, since, said: [[name, value]], pages: [File], upload, problems: [text]}.
export async function waiting(whose) {
  const all = await within("queue", "readonly", (queue) => queue.getAll());
  return all.filter((paper) => paper.whose === whose).sort((a, b) => a.since - b.since);
}
export async function put(paper) {
  await within("queue", "readwrite", (queue) => queue.put(paper));
  news.postMessage("changed");
}
export async function drop(key) {
  await within("queue", "readwrite", (queue) => queue.delete(key));
  news.postMessage("changed");
}
// Calls back when another page or the worker has changed what waits, with where a paper went if one was sent.
export function watch(act) { news.onmessage = ({ data }) => act(data); }

// Who is signed in, and the token of today: the page that lies in the phone may be weeks old.
async function threshold(page) {
  const answer = await fetch(page, { cache: "no-store" });
  if (!answer.ok || answer.redirected) return null;
  const text = await answer.text();
  const found = (pattern) => pattern.exec(text)?.[1];
  return { page, whose: found(/data-draft-of="([^"]*)"/), token: found(/name="csrf-token" content="([^"]*)"/) };
}

const ending = (file) => /\.[a-z]+$/i.exec(file.name)?.[0].toLowerCase() ?? ".jpg";

async function send(paper, door, told) {
  const pages = paper.pages.map((file, place) => ({ path: `${String(place + 1).padStart(4, "0")}${ending(file)}`, file }));
  const known = { get: () => paper.upload, set: (id) => { paper.upload = id; return put(paper); } };
  const blob = await zipOf(pages, () => {});
  const upload = await uploaded(blob, { to: UPLOADS, name: `${paper.key}.zip`, token: door.token, known,
    told: (_state, share) => told(paper.key, share) });
  const data = new FormData();
  for (const [name, value] of [...paper.said, ["key", paper.key], ["upload", upload]]) data.set(name, value);
  const answer = await fetch(door.page, { method: "POST", body: data,
    headers: { Accept: "application/json", "X-CSRFToken": door.token } });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.problems.join(" ")), { final: true });
  return said.submission;
}

// Sends whatever waits; answers where each went, by key, or null where nobody is signed in. Throws without a network.
export async function sendAll(page, told = () => {}) {
  const one = async () => {
    const door = await threshold(page);
    if (!door) return null;
    const went = {};
    for (const paper of await waiting(door.whose)) {
      if (paper.problems) continue;
      try {
        went[paper.key] = await send(paper, door, told);
        await drop(paper.key);
        news.postMessage({ key: paper.key, went: went[paper.key] });
      } catch (error) {
        if (!error.final) throw error;
        await put({ ...paper, problems: [error.message] });
      }
    }
    return went;
  };
  return navigator.locks && await keeps ? navigator.locks.request(NAME, one) : one();
}
