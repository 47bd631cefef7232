// A drop zone: [data-drop] around a file input. Shows what was chosen, before anything is sent.
function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let index = 0;
  while (bytes >= 1024 && index < units.length - 1) { bytes /= 1024; index += 1; }
  return `${index ? bytes.toFixed(1) : bytes} ${units[index]}`;
}

function list(zone, input) {
  let chosen = zone.querySelector(".chosen");
  if (!chosen) {
    chosen = document.createElement("ul");
    chosen.className = "chosen";
    chosen.setAttribute("aria-live", "polite");
    input.after(chosen);
  }
  chosen.replaceChildren(...[...input.files].map((file) => {
    const item = document.createElement("li");
    item.textContent = `${file.name} · ${size(file.size)}`;
    return item;
  }));
}

export function acceptDrops() {
  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector('input[type="file"]');
    if (!input) continue;
    let depth = 0;
    const over = (change) => { depth = Math.max(0, depth + change); zone.classList.toggle("over", depth > 0); };
    zone.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("dragleave", () => over(-1));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      over(-depth);
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
    input.addEventListener("change", () => list(zone, input));
  }
}
