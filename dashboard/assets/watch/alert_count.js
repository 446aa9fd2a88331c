// How many alerts there are and how many wait, for who does not look at the queue: in the browser's tab,
// in the menu and in the header.

import { HIGH, masked } from "../stores/alerts.js";
import { Attention } from "./attention.js";

export class AlertCount {
  constructor({ alerts, nav, header, t }) {
    Object.assign(this, { alerts, nav, header, t });
    this.attention = new Attention();
    alerts.addEventListener("change", () => this.show());
  }

  show() {
    const { alerts, nav, header, t } = this;
    const waiting = alerts.waiting();
    const urgent = waiting.some(({ priority }) => priority === HIGH);
    this.attention.show(waiting.length, urgent);
    nav.badge("alerts", waiting.length);
    const active = alerts.shown().filter((alert) => !masked(alert)).length;
    header.setAlerts(active, waiting.length);
    const figures = alerts.figures();
    if (figures)
      header.setFlood(
        figures.in_flood ? t("queue.flood") : t("queue.noflood", { ten: figures.ten_minutes }),
        figures.in_flood ? "bad" : "good",
      );
  }
}
