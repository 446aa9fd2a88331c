// The buttons of what can be done on the map.

import { h } from "../dom.js";
import { t } from "../words.js";

const ICONS = {
  follow: "M12 3v4M12 17v4M3 12h4M17 12h4M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z",
  rings: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18ZM12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z",
  measure: "M4 16 16 4l4 4L8 20ZM8 12l2 2M11 9l2 2M14 6l2 2",
  place: "M12 21s-6-6-6-11a6 6 0 0 1 12 0c0 5-6 11-6 11ZM12 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
};
const KEYS = { follow: "F", rings: "R", measure: "M", place: "P" };

export class Toolbar {
  /** `acts` has a function for each of follow, rings, measure and place. */
  constructor(root, acts) {
    const button = (name) =>
      h(
        "button",
        { type: "button", "data-tool": name, title: `${t(`tool.${name}`)} (${KEYS[name]})`, "aria-label": t(`tool.${name}`), "aria-pressed": "false", onclick: () => acts[name]() },
        icon(ICONS[name]),
      );
    this.buttons = Object.fromEntries(Object.keys(ICONS).map((name) => [name, button(name)]));
    root.append(h("div", { class: "zoom tools-bar", role: "toolbar", "aria-label": t("tool.all") }, ...Object.values(this.buttons)));
  }

  show(name, on) {
    this.buttons[name].setAttribute("aria-pressed", String(on));
  }
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
