// The buttons by which the list is filtered, each with how many it would show.

import { h, write } from "../dom.js";
import { CAMERA, CAR, DRONE, FRESH, FRESHNESS, LATE, LOST, OFFICER, POST } from "../fleet.js";
import { number } from "../format.js";
import { t } from "../words.js";

const SOMETIMES = new Set([OFFICER, POST, CAMERA]);

export class ListChips {
  /** `onChoose(name, value)` when one is pressed: a part of the filter, and what of it. */
  constructor(onChoose) {
    const segment = (name, value, label, title = null) =>
      h(
        "button",
        { type: "button", title, "data-value": String(value), onclick: () => onChoose(name, value) },
        h("span", {}, label),
        h("span", { class: "count" }),
      );
    this.kinds = h(
      "div",
      { class: "segments kinds", role: "group", "aria-label": t("list.kind") },
      segment("kind", null, t("list.all")),
      segment("kind", DRONE, t("list.drones")),
      segment("kind", CAR, t("list.cars")),
      segment("kind", OFFICER, t("list.officers")),
      segment("kind", POST, t("list.posts")),
      segment("kind", CAMERA, t("list.cameras")),
    );
    this.levels = h(
      "div",
      { class: "segments levels", role: "group", "aria-label": t("list.freshness") },
      ...[FRESH, LATE, LOST].map((level) => segment("freshness", level, t(`freshness.${FRESHNESS[level]}`), t(`tip.${FRESHNESS[level]}`))),
    );
    this.state = h(
      "button",
      { type: "button", class: "chip", title: t("list.state.away"), onclick: () => onChoose("state", null) },
      h("span"),
      h("span", { "aria-hidden": "true" }, "×"),
    );
  }

  /** Show what is chosen: the `chosen` of a ListFilter. */
  show({ kind, freshness, state }) {
    this.kind = kind;
    press(this.kinds, kind);
    press(this.levels, freshness);
    this.state.hidden = state === null;
    write(this.state.firstChild, state === null ? "" : t(`list.state.${state}`));
  }

  /** `tally` of the fleet. */
  showTally(tally) {
    for (const button of this.kinds.children) {
      const { value } = button.dataset;
      const count = value === "null" ? tally.all : tally.byKind[value];
      write(button.lastChild, number(count));
      // Kinds that nobody here has are not offered, unless an address asks for them.
      button.hidden = SOMETIMES.has(Number(value)) && count === 0 && this.kind !== Number(value);
    }
    for (const button of this.levels.children)
      write(button.lastChild, number(tally.byFreshness[button.dataset.value]));
  }
}

function press(group, value) {
  for (const button of group.children)
    button.setAttribute("aria-pressed", String(button.dataset.value === String(value)));
}
