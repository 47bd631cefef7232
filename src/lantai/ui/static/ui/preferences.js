// Large type and night mode at once, without fetching the page again. The cookies are the
// same the server writes for readers without JavaScript.
const YEAR_S = 365 * 24 * 3600;

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; SameSite=Lax${secure}`;
}

export function applyPreferences() {
  const root = document.documentElement;
  const dark = document.querySelector("link[data-dark]");
  const device = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme === "auto" && device.matches);
  const night = document.querySelector("[data-theme-toggle]");
  const large = document.querySelector("[data-type-toggle]");
  const show = () => {
    night?.setAttribute("aria-pressed", String(isDark()));
    large?.setAttribute("aria-pressed", String(root.dataset.type === "large"));
  };
  night?.addEventListener("click", (event) => {
    event.preventDefault();
    const chosen = isDark() ? "light" : "dark";
    root.dataset.theme = chosen;
    dark.media = chosen === "dark" ? "all" : "not all";
    keep("lantai_theme", chosen);
    show();
  });
  large?.addEventListener("click", (event) => {
    event.preventDefault();
    root.dataset.type = root.dataset.type === "large" ? "normal" : "large";
    keep("lantai_type", root.dataset.type);
    show();
  });
  device.addEventListener("change", show);
  show();
}
