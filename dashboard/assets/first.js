// Runs before anything is painted: the chosen language and theme, so that nothing flashes.
// The same keys are read and written by preferences.js.
(() => {
  const root = document.documentElement;
  const chosen = (name) => localStorage.getItem(`nigehban.${name}`);
  const urdu = chosen("language") === "ur";
  root.lang = urdu ? "ur" : "en";
  root.dir = urdu ? "rtl" : "ltr";
  root.dataset.theme = chosen("theme") === "light" ? "light" : "dark";
})();
