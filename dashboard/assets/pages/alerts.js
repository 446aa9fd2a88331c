// The page "alerts": those that are there now, those that are put away, what happened to them, and
// what the desks are asked to bear. The chosen one stands beside them.

import { h, write } from "../dom.js";
import { FiguresTab } from "../alerts/figures_tab.js";
import { HistoryTab } from "../alerts/history_tab.js";
import { MaskedTab } from "../alerts/masked_tab.js";
import { QueueTab } from "../alerts/queue_tab.js";
import { actsOf, recall } from "../alerts/past.js";
import { address } from "../router.js";
import { StaleNote } from "../stale.js";
import { masked } from "../stores/alerts.js";
import { Tabs } from "../tabs.js";
import { AlertPanel } from "../watch/alert_panel.js";
import { Places } from "../watch/alert_places.js";
import { Checklist } from "../watch/checklist.js";
import { Orders } from "../watch/orders.js";
import { alertReplay } from "../watch/replay.js";

const TABS = ["now", "masked", "history", "figures"];
const CHECK_AGAIN = 5; // seconds after which others' ticks are asked for

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
      choose: ({ key }) => this.go({ alert: key, raised: null }, true),
      event: (event) => this.go({ alert: event.alert, raised: event.raised_time }, true),
      jump: (alert) => app.router.go("live", { alert: alert.key }),
      filter: (params) => this.go(params, true),
      close: () => this.go({ alert: null, raised: null }, true),
      asset: (key) => app.router.go("live", { asset: key }),
      contact: (id) => app.router.go("airspace", { contact: id }),
    };
    const shared = { ...app, places: this.places, orders: this.orders, zone: app.zone, on };
    this.now = new QueueTab(this.tabs.panel("now"), { ...shared, alerts, clock });
    this.masked = new MaskedTab(this.tabs.panel("masked"), { ...shared, alerts, clock });
    this.history = new HistoryTab(this.tabs.panel("history"), { ...shared, alerts, clock });
    this.figures = new FiguresTab(this.tabs.panel("figures"), { alerts, look, on: { ...on, choose: ({ key }) => this.go({ tab: null, alert: key, raised: null }) } });
    this.checklist = new Checklist(app);
    this.panel = new AlertPanel(side, {
      ...shared,
      alerts,
      fleet,
      clock,
      id: "alerts-page-panel",
      all: true,
      history: (key) => actsOf(app.api, key),
      checklist: this.checklist,
      links: (alert) => this.links(alert),
    });
    this.nothing = h("p", { class: "side-empty" });
    side.append(this.nothing);
    alerts.addEventListener("change", () => {
      this.counts();
      this.learn();
    });
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
    own("l", "keys.checklist", () => this.checklist.focus());
    own("h", "keys.replay", () => this.replay());
    own("m", "keys.jump", () => this.chosen && this.app.router.go("live", { alert: this.chosen.key }));
    own("Escape", "keys.alerts.escape", () => this.escape());
  }

  replay() {
    const { router, clock } = this.app;
    const { last } = this.panel;
    if (last) router.go("history", alertReplay(last, this.places.contact(last), clock.now()));
  }

  get chosen() {
    return this.app.alerts.get(this.params?.alert);
  }

  escape() {
    if (this.now.list.marked.size) this.now.list.markAll(false);
    else if (this.params.alert) this.go({ alert: null, raised: null }, true);
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

  /** The chosen alert, as it is or as it was when it was `raised`; else why there is none. */
  showChosen() {
    const { alert: key = null, raised = null } = this.params;
    const now = this.chosen;
    const named = JSON.stringify([key, raised]);
    if (key === null) this.panel.close();
    else if (named !== this.named) {
      const earlier = raised !== null && Date.parse(raised) !== Date.parse(now?.raised_time);
      if (now && !earlier) this.panel.open(key);
      else {
        this.panel.close();
        this.recall(key, raised, named);
      }
    }
    this.named = named;
    this.tellNothing();
  }

  /** Show an alert that is over as its history has it. */
  async recall(key, raised, named) {
    const { api, alerts } = this.app;
    if (!alerts.loaded && raised === null) return; // it may be there still
    this.recalled = named;
    const past = await recall(api, key, raised);
    if (this.named !== named || this.panel.key !== null) return;
    if (past) this.panel.open(key, past);
    this.tellNothing();
  }

  /** Why no alert is shown. */
  tellNothing() {
    const { t, alerts } = this.app;
    this.nothing.hidden = this.panel.key !== null;
    const words = alerts.loaded ? "alerts.notnow" : "queue.loading";
    write(this.nothing, t(this.params.alert ? words : "alerts.nonechosen"));
  }

  counts() {
    const { alerts } = this.app;
    const numbers = { now: alerts.waiting().length, masked: alerts.all().filter(masked).length };
    for (const [id, count] of Object.entries(numbers)) {
      const button = this.tabs.buttons.get(id);
      if (count) button.dataset.count = String(count);
      else delete button.dataset.count;
    }
  }

  /** What a link names may become known later, or be raised again. */
  learn() {
    if (!this.params?.alert || this.params.raised) return;
    const shown = this.panel.key !== null && this.panel.past === null;
    if (shown || (!this.chosen && this.recalled === this.named)) return;
    this.named = null;
    this.showChosen();
  }

  /** Where else an alert can be looked at. */
  links(alert) {
    const { t, alerts, clock } = this.app;
    const link = (words, href) => h("a", { class: "chip", href }, t(words));
    const { key } = alert;
    return [
      ...(alerts.get(key) ? [link("alerts.onmap", address("live", { alert: key }))] : []),
      link("alerts.replay", address("history", alertReplay(alert, this.places.contact(alert), clock.now()))),
      link("alerts.itshistory", address("alerts", { tab: "history", about: key, span: "168", alert: key })),
    ];
  }
}
