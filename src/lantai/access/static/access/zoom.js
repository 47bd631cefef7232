// Enlarging a page image: four steps, dragging, and the keys + - 0.
for (const zoom of document.querySelectorAll("[data-zoom]")) {
  const frame = zoom.querySelector(".zoom-frame");
  const bar = zoom.querySelector(".zoom-bar");
  const output = bar.querySelector("output");
  const steps = ["100%", "150%", "225%", "340%"];
  let level = 0;
  const set = (next) => {
    const x = (frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth;
    const y = (frame.scrollTop + frame.clientHeight / 2) / frame.scrollHeight;
    level = Math.min(Math.max(next, 0), steps.length - 1);
    frame.dataset.level = level;
    output.textContent = steps[level];
    frame.scrollLeft = x * frame.scrollWidth - frame.clientWidth / 2;
    frame.scrollTop = level ? y * frame.scrollHeight - frame.clientHeight / 2 : 0;
  };
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const step = event.target.closest("[data-zoom-step]")?.dataset.zoomStep;
    if (step !== undefined) set(step === "0" ? 0 : level + Number(step));
  });
  frame.addEventListener("dblclick", () => set(level ? 0 : 2));
  frame.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") set(level + 1);
    else if (event.key === "-") set(level - 1);
    else if (event.key === "0") set(0);
  });
  let from = null;
  frame.addEventListener("pointerdown", (event) => {
    if (!level || event.pointerType !== "mouse") return;
    event.preventDefault();
    frame.focus();
    from = { x: event.clientX + frame.scrollLeft, y: event.clientY + frame.scrollTop };
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!from) return;
    frame.scrollLeft = from.x - event.clientX;
    frame.scrollTop = from.y - event.clientY;
  });
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => { from = null; });
}
