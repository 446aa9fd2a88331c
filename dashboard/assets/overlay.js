// What lies over the map: the banner of a lost connection, the legend, the buttons.

import { h, write } from "./dom.js";
import { CAR, DRONE, FRESH, LATE, LOST } from "./fleet.js";
import { age, timeOfDay, zoneName } from "./format.js";
import { glyph, setGlyph } from "./glyphs.js";

export class Overlay {
  constructor(root, { onZoom, onHome }) {
    this.banner = h(
      "div",
      { class: "banner", hidden: true },
      (this.headline = h("strong", { role: "alert" })),
      (this.words = h("span")),
    );
    const entry = (kind, level, grounded, words) =>
      h("li", {}, setGlyph(glyph(), kind, level, grounded), h("span", {}, words));
    this.legend = h(
      "details",
      { class: "legend", open: window.innerWidth > 1500 },
      h("summary", {}, "Legend"),
      h(
        "ul",
        {},
        entry(DRONE, FRESH, false, "Drone in the air"),
        entry(DRONE, FRESH, true, "Drone on the ground"),
        entry(CAR, FRESH, false, "Patrol car"),
        entry(DRONE, LATE, false, "Late: position is getting old"),
        entry(DRONE, LOST, false, "Lost: last known position"),
      ),
    );
    const button = (text, title, onclick) =>
      h("button", { type: "button", title, "aria-label": title, onclick }, text);
    this.notice = h("div", { class: "notice", role: "status", hidden: true });
    root.append(
      this.banner,
      this.notice,
      h(
        "div",
        { class: "zoom" },
        button("+", "Zoom in", () => onZoom(1)),
        button("−", "Zoom out", () => onZoom(-1)),
        button("⌂", "Show the whole city", onHome),
      ),
      this.legend,
    );
  }

  /** Say something about the map that lasts; an empty text takes it away. */
  note(text) {
    this.notice.hidden = text === "";
    write(this.notice, text);
  }

  /** Say since when the picture stands still, or take the banner away. */
  showLink(feed, fleet, zone) {
    const offline = feed.state === "offline";
    this.banner.hidden = !offline;
    if (!offline) return;
    const lost = fleet.clock.now() - feed.silence;
    write(this.headline, "Connection to the server lost");
    const since =
      feed.connections > 0
        ? `Picture of ${timeOfDay(lost, zone)} ${zoneName(zone)}, ${age(feed.silence / 1000)} ago. `
        : "";
    write(this.words, `${since}Reconnecting${feed.reason ? ` (${feed.reason})` : ""}…`);
  }
}
