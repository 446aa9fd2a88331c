// Says over a page that what it shows is no longer told anew.

import { h, write } from "./dom.js";
import { t } from "./words.js";
import { timeOfDay } from "./format.js";

export class StaleNote {
  constructor(root, { feed, clock, zone }) {
    this.feed = feed;
    this.clock = clock;
    this.zone = zone;
    this.since = null;
    this.element = h("div", { class: "stale-note", role: "status", hidden: true });
    root.append(this.element);
    feed.addEventListener("state", () => this.refresh());
    this.refresh();
  }

  refresh() {
    const live = this.feed.state === "live";
    if (live) this.since = this.clock.now();
    this.element.hidden = live;
    if (live) return;
    const words = this.since
      ? t("stale.since", { time: timeOfDay(this.since, this.zone()) })
      : t("stale.connecting");
    write(this.element, words);
  }
}
