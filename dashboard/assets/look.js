// How the page looks: its colours, and the time zone that times are read in.

import { choose, chosen } from "./preferences.js";

/** Dispatches `change` when the theme or the zone has become another. */
export class Look extends EventTarget {
  constructor() {
    super();
    this.home = "Asia/Karachi"; // until the server says
    this.utc = chosen("utc") === "yes";
  }

  get theme() {
    return document.documentElement.dataset.theme;
  }

  set theme(theme) {
    document.documentElement.dataset.theme = theme;
    choose("theme", theme);
    this.dispatchEvent(new Event("change"));
  }

  /** The zone's name, for Intl. */
  get zone() {
    return this.utc ? "UTC" : this.home;
  }

  /** The control room's own zone, as the server says. */
  set localZone(zone) {
    if (zone === this.home) return;
    this.home = zone;
    this.dispatchEvent(new Event("change"));
  }

  /** Local time if it is UTC, UTC if it is local time. */
  turnZone() {
    this.utc = !this.utc;
    choose("utc", this.utc ? "yes" : null);
    this.dispatchEvent(new Event("change"));
  }
}
