// Suggestions under the search box: arrow keys go through them, Enter asks, Escape closes.
for (const box of document.querySelectorAll("[data-suggest]")) {
  const list = document.getElementById(box.getAttribute("aria-controls"));
  const options = () => [...list.children];
  let at = -1;
  const point = (next) => {
    const all = options();
    at = all.length ? (next + all.length + 1) % (all.length + 1) : -1;
    if (at === all.length) at = -1; // past either end one is back in the box
    all.forEach((option, place) => option.setAttribute("aria-selected", place === at));
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", all[at].id);
  };
  const show = (open) => {
    list.hidden = !open;
    box.setAttribute("aria-expanded", open);
    point(-1);
  };
  const take = (option) => {
    box.value = option.textContent;
    show(false);
    box.form.requestSubmit();
  };
  new MutationObserver(() => show(document.activeElement === box && list.children.length > 0))
    .observe(list, { childList: true });
  box.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") point(at + 1);
    else if (event.key === "ArrowUp") point(at < 0 ? options().length - 1 : at - 1);
    else if (event.key === "Enter" && at >= 0) take(options()[at]);
    else if (event.key === "Escape") show(false);
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  box.addEventListener("blur", () => show(false));
}
