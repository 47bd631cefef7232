// What every page does beyond plain HTML. Each part enhances something that works without it.
import { keepDrafts } from "./drafts.js";
import { acceptDrops } from "./drop.js";
import { applyPreferences } from "./preferences.js";

const csrf = document.querySelector('meta[name="csrf-token"]')?.content;

document.addEventListener("htmx:config:request", (event) => {
  const request = event.detail.ctx.request;
  if (request.method !== "GET") request.headers["X-CSRFToken"] = csrf;
});

function openWhereThereIsRoom() {
  const wide = matchMedia("(min-width: 60rem)");
  const set = () => document.querySelectorAll("details[data-wide-open]").forEach((details) => {
    if (wide.matches) details.open = true;
    else if (!details.dataset.touched) details.open = false;
  });
  document.querySelectorAll("details[data-wide-open] > summary").forEach((summary) =>
    summary.addEventListener("click", () => { summary.parentElement.dataset.touched = "1"; }));
  wide.addEventListener("change", set);
  set();
}

// A row of links wider than the screen scrolls sideways: where one is, is brought into sight.
function showWhereOneIs() {
  document.querySelectorAll("nav > [aria-current]").forEach((link) => {
    const row = link.parentElement;
    row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  });
}

// A table wider than the screen scrolls in a frame of its own that the keyboard can reach.
function frameTables(root) {
  root.querySelectorAll("main table").forEach((table) => {
    let frame = table.closest(".scroll");
    if (!frame) {
      frame = document.createElement("div");
      frame.className = "scroll";
      table.replaceWith(frame);
      frame.append(table);
    }
    frames.observe(frame);
  });
}

const frames = new ResizeObserver((entries) => entries.forEach(({ target: frame }) => {
  if (frame.scrollWidth > frame.clientWidth) {
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", frame.querySelector("caption")?.textContent.trim() || document.title);
  } else ["tabindex", "role", "aria-label"].forEach((name) => frame.removeAttribute(name));
}));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-print], [data-back], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) window.print();
  if ("back" in button.dataset && history.length > 1) {
    event.preventDefault();
    history.back();
  }
  if ("copy" in button.dataset) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  }
});

// "/" goes to the search box, as in a reading room one goes to the catalogue first.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector('input:is([type="search"], [role="combobox"])');
  if (box) {
    event.preventDefault();
    box.select();
    box.focus();
  }
});

// Folded parts are printed unfolded.
addEventListener("beforeprint", () => document.querySelectorAll("details:not([open])").forEach((details) => {
  details.open = true;
  details.dataset.folded = "1";
}));
addEventListener("afterprint", () => document.querySelectorAll("details[data-folded]").forEach((details) => {
  details.open = false;
  delete details.dataset.folded;
}));

document.querySelector(".error-summary")?.focus();
openWhereThereIsRoom();
showWhereOneIs();
addEventListener("resize", showWhereOneIs);
frameTables(document);
document.addEventListener("htmx:after:swap", () => frameTables(document));
applyPreferences();
keepDrafts();
acceptDrops();
