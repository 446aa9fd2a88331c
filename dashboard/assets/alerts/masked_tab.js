// What is shelved, suppressed or out of service: by whom, why, for how much longer, and back again.

import { h, write } from "../dom.js";
import { age } from "../format.js";
import { masked } from "../stores/alerts.js";
import { Table } from "../table.js";
import { priorityGlyph, setPriority } from "../watch/alert_shapes.js";
import { reasonWords, stateWords } from "../watch/alert_words.js";
import { t } from "../words.js";

const BACK = { shelved: "unshelve", suppressed_by_design: "unsuppress", out_of_service: "restore" };

export class MaskedTab {
  /** `on.choose(alert)`. */
  constructor(root, { alerts, orders, clock, on }) {
    this.alerts = alerts;
    this.orders = orders;
    this.clock = clock;
    const text = (id, width, tell, sort = tell) => ({
      id,
      width,
      label: t(`alerts.masked.${id}`),
      write: (cell, alert) => {
        const words = tell(alert);
        write(cell, words);
        cell.title = words;
      },
      sort,
    });
    this.table = new Table(root, {
      label: t("alerts.tab.masked"),
      empty: t("alerts.masked.none"),
      key: ({ key }) => key,
      onChoose: on.choose,
      columns: [
        {
          id: "priority",
          label: t("alerts.masked.priority"),
          width: "86px",
          write: (cell, alert) => {
            if (!cell.firstChild) cell.append(priorityGlyph());
            setPriority(cell.firstChild, alert.priority, false);
          },
          sort: ({ priority }) => -priority,
        },
        text("alert", "minmax(160px, 2.2fr)", reasonWords),
        text("state", "116px", stateWords),
        text("why", "minmax(110px, 1.5fr)", ({ masked_why }) => masked_why),
        text("by", "minmax(70px, 0.7fr)", ({ masked_by }) => masked_by),
        text("left", "92px", (alert) => this.left(alert), ({ masked_until }) => Date.parse(masked_until) || null),
        { id: "back", label: t("alerts.masked.back"), width: "148px", write: (cell, alert) => this.back(cell, alert) },
      ],
    });
    alerts.addEventListener("change", () => this.refresh());
    orders.addEventListener("change", () => this.refresh());
    this.refresh();
  }

  get count() {
    return this.table.rows.length;
  }

  refresh() {
    this.table.show(this.alerts.all().filter(masked));
  }

  left({ masked_until }) {
    if (masked_until === null) return t("alerts.masked.always");
    return age(Math.max(0, (Date.parse(masked_until) - this.clock.now()) / 1000));
  }

  back(cell, alert) {
    if (!cell.firstChild)
      cell.append(
        h("button", {
          type: "button",
          class: "button small",
          tabindex: "-1", // by keyboard: choose the row, then the panel's button
          onclick: (event) => {
            event.stopPropagation();
            this.orders[BACK[cell.alert.state]](cell.alert);
          },
        }),
      );
    cell.alert = alert;
    write(cell.firstChild, t(`queue.${BACK[alert.state]}`));
    cell.firstChild.disabled = this.orders.underWay.has(alert.key);
  }
}
