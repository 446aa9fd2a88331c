// Which priorities are asked for: three switches, all on where the address names none.

import { h } from "../dom.js";
import { PRIORITIES } from "../stores/alerts.js";
import { priorityGlyph, setPriority } from "../watch/alert_shapes.js";
import { t } from "../words.js";

const ORDER = [3, 2, 1];

/** Those that an address names, as numbers. */
export function readPriorities(text) {
  return new Set((text ?? "").split(",").map(Number).filter((each) => each in PRIORITIES));
}

export class PrioritySwitches {
  /** `onChange(text)` with what the address is to say; null for all. */
  constructor(onChange) {
    this.chosen = new Set();
    this.buttons = ORDER.map((priority) =>
      h(
        "button",
        {
          type: "button",
          "data-priority": PRIORITIES[priority],
          title: t(`queue.priority.${PRIORITIES[priority]}`),
          "aria-label": t(`queue.priority.${PRIORITIES[priority]}`),
          onclick: () => onChange(this.turned(priority)),
        },
        setPriority(priorityGlyph(), priority, true),
      ),
    );
    const group = { class: "segments priorities", role: "group", "aria-label": t("alerts.filter.priority") };
    this.element = h("div", group, ...this.buttons);
  }

  /** Show what the address says. */
  show(text) {
    this.chosen = readPriorities(text);
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(this.chosen.size === 0 || this.chosen.has(ORDER[i])));
    });
  }

  turned(priority) {
    const now = new Set(this.chosen.size ? this.chosen : ORDER);
    if (!now.delete(priority)) now.add(priority);
    return now.size % ORDER.length ? [...now].sort().join(",") : null;
  }
}
