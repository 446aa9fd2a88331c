// The page "alerts": those that are there now, those that are put away, what happened to them, and
// what the desks are asked to bear. The chosen one stands beside them.

import { h, write } from "../dom.js";
import { FiguresTab } from "../alerts/figures_tab.js";
import { HistoryTab } from "../alerts/history_tab.js";
import { MaskedTab } from "../alerts/masked_tab.js";
import { QueueTab } from "../alerts/queue_tab.js";
import { ApiProblem } from "../api.js";
import { address } from "../router.js";
import { StaleNote } from "../stale.js";
import { masked, since } from "../stores/alerts.js";
import { Tabs } from "../tabs.js";
import { AlertPanel } from "../watch/alert_panel.js";
import { Places } from "../watch/alert_places.js";
import { Checklist } from "../watch/checklist.js";
import { Orders } from "../watch/orders.js";

const TABS = ["now", "masked", "history", "figures"];
const ACTS_SHOWN = 60;
const CHECK_AGAIN = 5; // seconds after which others' ticks are asked for
const ASSETS_MOST = 10; // of a link into the history

export default class {
  constructor(root, app) {
    const { alerts, contacts, fleet, clock, look, keys, t } = app;
    this.app = app;
    this.orders = new Orders(app, alerts);
    this.places = new Places(fleet, contacts);
    this.seconds = 0;
    this.note = new StaleNote(root, app);
    const main = h("div", { class: "alerts-main" });
    const side = h("aside", { class: "alerts-side", "aria-label": t("queue.chosen") });
    this.body = h("div", { class: "alerts-page" }, main, side);
    root.append(this.body);
    this.tabs = new Tabs(main, {
      name: "alerts",
      label: t("page.alerts"),
      tabs: TABS.map((id) => ({ id, label: t(`alerts.tab.${id}`) })),
      onChoose: (tab) => this.go({ tab: tab === "now" ? null : tab }),
    });
    const on = {
      choose: ({ key }) => this.go({ alert: key }, true),
      jump: (alert) => app.router.go("live", { alert: alert.key }),
      filter: (params) => this.go(params, true),
      close: () => this.go({ alert: null }, true),
      asset: (key) => app.router.go("live", { asset: key }),
      contact: (id) => app.router.go("airspace", { contact: id }),
    };
    const shared = { ...app, places: this.places, orders: this.orders, zone: app.zone, on };
    this.now = new QueueTab(this.tabs.panel("now"), { ...shared, alerts, clock });
    this.masked = new MaskedTab(this.tabs.panel("masked"), { ...shared, alerts, clock });
    this.history = new HistoryTab(this.tabs.panel("history"), { ...shared, alerts, clock });
    this.figures = new FiguresTab(this.tabs.panel("figures"), { alerts, look, on: { ...on, choose: ({ key }) => this.go({ tab: null, alert: key }) } });
    this.checklist = new Checklist(app);
    this.panel = new AlertPanel(side, {
      ...shared,
      alerts,
      fleet,
      clock,
      id: "alerts-page-panel",
      history: (key) => this.acts(key),
      checklist: this.checklist,
      links: (alert) => this.links(alert),
    });
    this.nothing = h("p", { class: "side-empty" });
    side.append(this.nothing);
    alerts.addEventListener("change", () => this.counts());
    this.keys(keys);
    this.counts();
  }

  keys(keys) {
    const own = (key, words, handler) => keys.add(key, words, handler, "alerts");
    const list = () => (this.tab === "now" ? this.now.list : null);
    own("j", "keys.alerts.next", () => list()?.step(1));
    own("k", "keys.alerts.before", () => list()?.step(-1));
    own("x", "keys.alerts.mark", () => this.chosen && this.now.list.turn(this.chosen.key));
    own("a", "keys.alerts.acknowledge", () => this.now.acknowledge());
    own("s", "keys.alerts.shelve", () => this.now.shelve());
    own("n", "keys.note", () => this.chosen && this.orders.note(this.chosen));
    own("m", "keys.jump", () => this.chosen && this.app.router.go("live", { alert: this.chosen.key }));
    own("Escape", "keys.alerts.escape", () => this.escape());
  }

  get chosen() {
    return this.app.alerts.get(this.params?.alert);
  }

  escape() {
    if (this.now.list.marked.size) this.now.list.markAll(false);
    else if (this.params.alert) this.go({ alert: null }, true);
  }

  /** Change some parameters of the address. */
  go(params, replace = false) {
    this.app.router.go("alerts", { ...this.params, ...params }, { replace });
  }

  show(params) {
    const before = this.tab;
    this.params = params;
    this.tab = this.tabs.has(params.tab) ? params.tab : "now";
    this.tabs.show(this.tab);
    this.body.dataset.shown = this.tab;
    if (before === "figures" && this.tab !== "figures") this.figures.hide();
    if (this.tab === "now") this.now.show(params);
    if (this.tab === "masked") this.masked.table.choose(params.alert ?? null);
    if (this.tab === "history") this.history.show(params);
    if (this.tab === "figures") this.figures.show(params);
    this.showChosen();
    if (this.tab === "now" && !before) this.now.list.view.focus({ preventScroll: true });
  }

  hide() {
    this.figures.hide();
  }

  refresh() {
    this.note.refresh();
    if (this.tab === "now") this.now.list.paint();
    if (this.tab === "masked") this.masked.refresh();
    this.panel.refresh();
    this.seconds += 1;
    if (this.seconds % CHECK_AGAIN === 0) this.checklist.load();
  }

  /** The chosen alert, as far as it is known; else why there is none. */
  showChosen() {
    const { t, alerts } = this.app;
    const key = this.params.alert ?? null;
    if (key === null) this.panel.close();
    else if (this.panel.key !== key) this.panel.open(key);
    this.counts();
    const unknown = key !== null && this.panel.last === null;
    if (unknown) this.panel.frame.section.hidden = true;
    this.nothing.hidden = key !== null && !unknown;
    this.nothing.replaceChildren();
    if (!unknown) write(this.nothing, t("alerts.nonechosen"));
    else {
      this.nothing.append(h("span", {}, t(alerts.loaded ? "alerts.notnow" : "queue.loading")), h("br"));
      this.nothing.append(
        h("a", { href: address("alerts", { tab: "history", about: key, span: "168", alert: key }) }, t("alerts.itshistory")),
      );
    }
  }

  counts() {
    const { alerts } = this.app;
    const numbers = { now: alerts.waiting().length, masked: alerts.all().filter(masked).length };
    for (const [id, count] of Object.entries(numbers)) {
      const button = this.tabs.buttons.get(id);
      if (count) button.dataset.count = String(count);
      else delete button.dataset.count;
    }
    // What a link names may become known later.
    if (this.params?.alert && this.panel?.last === null && this.chosen) {
      this.panel.open(this.params.alert);
      this.nothing.hidden = true;
    }
  }

  /** Where else an alert can be looked at. */
  links(alert) {
    const { t } = this.app;
    const assets = alert.assets.slice(0, ASSETS_MOST).join(",") || null;
    const at = new Date(since(alert)).toISOString();
    const link = (words, href) => h("a", { class: "chip", href }, t(words));
    return [
      link("alerts.onmap", address("live", { alert: alert.key })),
      ...(assets ? [link("alerts.inhistory", address("history", { assets, at }))] : []),
      link("alerts.itshistory", address("alerts", { tab: "history", about: alert.key, span: "168", alert: alert.key })),
    ];
  }

  /** What was done to an alert, from the store; null if it cannot be asked. */
  async acts(key) {
    try {
      const query = new URLSearchParams({ alert: key, limit: ACTS_SHOWN });
      const { items } = await this.app.api.get(`/alerts/history?${query}`);
      return items.filter(({ what }) => what !== "update");
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      return null;
    }
  }
}
