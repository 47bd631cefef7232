{% load static %}// Opens the page of photographed papers without a network, and sends what waits when one returns.
import { sendAll } from "{% static 'capture/papers.js' %}";

const PAGE = "{{ page|escapejs }}";
const HELD = "lantai.village";
const PATIENCE_MS = 4000;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

const isPage = (request) => request.mode === "navigate" && new URL(request.url).pathname === PAGE;
const isHeld = (request) => request.method === "GET" && (isPage(request) || new URL(request.url).pathname.startsWith("/static/"));

// From the network, and kept; whoever has signed out takes the page along.
async function fresh(request) {
  const answer = await fetch(request);
  const held = await caches.open(HELD);
  if (answer.type === "opaqueredirect") await held.delete(request, { ignoreVary: true });
  else if (answer.ok) await held.put(request, answer.clone());
  return answer;
}

async function answer(request) {
  const held = await caches.match(request, { ignoreVary: true, ignoreSearch: isPage(request) });
  const coming = fresh(request);
  if (!held) return coming;
  const late = new Promise((resolve) => { setTimeout(() => resolve(held), PATIENCE_MS); });
  return Promise.race([coming.catch(() => held), late]);
}

addEventListener("fetch", (event) => { if (isHeld(event.request)) event.respondWith(answer(event.request)); });
addEventListener("message", (event) => {
  const hold = async () => {
    const held = await caches.open(HELD);
    await Promise.all(event.data.hold.map((address) => held.add(address)));
  };
  event.waitUntil(hold());
});
addEventListener("sync", (event) => { if (event.tag === "papers") event.waitUntil(sendAll(PAGE)); });
