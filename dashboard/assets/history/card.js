// The selected asset at the moment that is shown: every value with its age then.

import { h, mark, write } from "../dom.js";
import { CAR, FRESHNESS, KINDS } from "../fleet.js";
import { DASH, age, direction, known, metres, number, place, speed } from "../format.js";
import { glyph, setGlyph } from "../glyphs.js";
import { t } from "../words.js";

const FIELDS = ["place", "speed", "heading", "height", "mode", "battery", "armed", "status-age"];
const OF_DRONES = new Set(["height", "mode", "armed"]);

export class Card {
  constructor(root, fleet, { onClose, onCentre }) {
    this.fleet = fleet;
    this.slot = -1;
    this.cells = {};
    this.glyph = glyph();
    this.name = h("h2", {});
    this.state = h("p", { class: "past-state" });
    this.late = h("p", { class: "past-late", hidden: true });
    this.away = h("p", { class: "wrong", role: "status" });
    const rows = FIELDS.map((name) => {
      const value = h("dd", { class: "value", "data-field": name });
      this.cells[name] = { row: h("div", {}, h("dt", {}, t(`field.${name}`)), value), value };
      return this.cells[name].row;
    });
    this.element = h(
      "section",
      { class: "past-card", hidden: true, "aria-label": t("panel.label") },
      h(
        "div",
        { class: "past-who" },
        this.glyph,
        this.name,
        h(
          "button",
          { type: "button", class: "icon", title: t("panel.centre"), "aria-label": t("panel.centre"), onclick: onCentre },
          "◎",
        ),
        h(
          "button",
          { type: "button", class: "icon", title: t("panel.close"), "aria-label": t("panel.close"), onclick: onClose },
          "×",
        ),
      ),
      this.state,
      this.late,
      this.away,
      h("dl", {}, ...rows),
    );
    root.append(this.element);
  }

  /** Show an asset; -1 for none. */
  open(slot) {
    this.slot = slot;
    this.element.hidden = slot < 0;
    if (slot >= 0) this.turn();
  }

  /** Say why states are not known; an empty text takes it away. */
  tellAway(text) {
    write(this.away, text);
  }

  turn() {
    const { fleet, slot } = this;
    if (slot < 0) return;
    const kind = fleet.kind[slot];
    const level = fleet.freshness[slot];
    const point = fleet.points[slot];
    setGlyph(this.glyph, kind, level, fleet.grounded(slot));
    write(this.name, fleet.names[slot]);
    mark(this.state, "freshness", FRESHNESS[level]);
    write(
      this.state,
      point < 0
        ? t("history.unheard", { kind: t(`kind.${KINDS[kind]}`) })
        : t("history.heard", {
            kind: t(`kind.${KINDS[kind]}`),
            freshness: t(`freshness.${FRESHNESS[level]}`),
            age: age(fleet.age(slot)),
          }),
    );
    const track = fleet.tracks[slot];
    this.late.hidden = !fleet.cameLate[slot];
    if (fleet.cameLate[slot])
      write(this.late, t("history.camelate", { age: age((track.received[point] - track.fix[point]) / 1000) }));
    const charge = fleet.battery[slot];
    const armed = fleet.armed[slot];
    const told = {
      place: place(fleet.latitude[slot], fleet.longitude[slot]),
      speed: speed(fleet.speed[slot], kind),
      heading: direction(fleet.heading[slot]),
      height: metres(fleet.height[slot]),
      mode: fleet.modeOf(slot) ?? DASH,
      battery: known(charge) ? `${number(charge)} %` : DASH,
      armed: known(armed) ? t(armed ? "value.armed" : "value.disarmed") : DASH,
      "status-age": known(fleet.statusTime[slot])
        ? age((fleet.time - fleet.statusTime[slot]) / 1000)
        : DASH,
    };
    for (const [name, text] of Object.entries(told)) {
      const { row, value } = this.cells[name];
      row.hidden = OF_DRONES.has(name) && kind >= CAR;
      write(value, text);
    }
  }
}
