// Reviewing by keyboard: j k move, x chooses, v shows the original, o opens, p postpones (1-4, then the reason).
// Everything here is a shortcut for a control that stands on the page.
const form = document.querySelector("[data-review]");
const boxes = form ? [...form.querySelectorAll("[data-row] input[type=checkbox]")] : [];
const postpone = form?.querySelector("[data-postpone]");

const current = () => Math.max(0, boxes.findIndex((box) => box.closest("[data-row]").contains(document.activeElement)));

function move(step) {
  const inside = boxes.some((box) => box.closest("[data-row]").contains(document.activeElement));
  const next = inside ? current() + step : current();
  const box = boxes[Math.min(boxes.length - 1, Math.max(0, next))];
  box.focus();
  box.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

function chooseCurrentIfNone() {
  if (!boxes.some((box) => box.checked)) boxes[current()].checked = true;
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: () => { const box = boxes[current()]; box.checked = !box.checked; },
  v: () => boxes[current()].closest("[data-row]").querySelector("[data-original]")?.click(),
  o: () => { chooseCurrentIfNone(); form.requestSubmit(form.querySelector('[value="open"]')); },
  p: () => { chooseCurrentIfNone(); postpone.open = true; postpone.querySelector("input").focus(); },
};

document.addEventListener("keydown", (event) => {
  if (!boxes.length || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("textarea, input[type=text], input[type=search], select")) return;
  const cases = postpone.open ? [...postpone.querySelectorAll("input[type=radio]")] : [];
  if (cases[event.key - 1]) {
    event.preventDefault();
    cases[event.key - 1].checked = true;
    form.querySelector("textarea").focus();
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});
