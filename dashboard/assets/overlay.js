// What lies over the map: the banner of a lost connection, the legend, the buttons.

import { h, write } from "./dom.js";
import { age, timeOfDay, zoneName } from "./format.js";
import { legend } from "./live/legend.js";
import { t } from "./words.js";

const ROOMY = 2200; // CSS pixels of the window from which the legend is open

export class Overlay {
  constructor(root, { onZoom, onHome }) {
    this.banner = h(
      "div",
      { class: "banner", hidden: true },
      (this.headline = h("strong", { role: "alert" })),
      (this.words = h("span")),
    );
    this.legend = h(
      "details",
      { class: "legend", name: "over-map", open: window.innerWidth > ROOMY },
      h("summary", {}, t("legend.title")),
      legend(),
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
        button("+", t("map.zoomin"), () => onZoom(1)),
        button("−", t("map.zoomout"), () => onZoom(-1)),
        button("⌂", t("map.home"), onHome),
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
    write(this.headline, t("link.lost"));
    const parts = [
      t(feed.reason ? "link.reconnecting.reason" : "link.reconnecting", { reason: feed.reason }),
    ];
    if (feed.connections > 0)
      parts.unshift(
        t("link.since", {
          time: timeOfDay(lost, zone),
          zone: zoneName(zone),
          age: age(feed.silence / 1000),
        }),
      );
    write(this.words, parts.join(" "));
  }
}
