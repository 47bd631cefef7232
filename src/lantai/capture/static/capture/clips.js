// A recording plays while it is described; a button beside each time code takes the time it is at.
const box = document.querySelector("[data-player]");
const rows = document.querySelector("[data-rows=clips]");
const [master, viewing] = ["master", "viewing"].map((name) => document.querySelector(`[name=${name}]`));
let player = null;

function code(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function play() {
  const file = viewing.files[0] ?? master.files[0];
  if (player) URL.revokeObjectURL(player.src);
  box.hidden = !file;
  if (!file) return;
  player = document.createElement(file.type.startsWith("video/") ? "video" : "audio");
  player.controls = true;
  player.src = URL.createObjectURL(file);
  player.setAttribute("aria-label", file.name);
  box.replaceChildren(player);
  rows.querySelectorAll(".here").forEach((button) => { button.hidden = false; });
}

function wire(row) {
  for (const field of row.querySelectorAll("[name$=-begin], [name$=-end]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain here";
    button.textContent = box.dataset.here;
    button.hidden = !player;
    button.addEventListener("click", () => {
      field.value = code(player.currentTime);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.after(button);
  }
}

for (const input of [master, viewing]) input.addEventListener("change", play);
rows.addEventListener("row", (event) => wire(event.detail));
rows.querySelectorAll("ol > li").forEach(wire);
