// The page "history": plays a window of the past as it was known then, and makes reports of it.

import { h } from "../dom.js";
import { iso } from "../history/times.js";
import { Chooser } from "../history/chooser.js";
import { choiceParams, readChoice } from "../history/choice.js";
import { Playback } from "../history/playback.js";
import { Reports } from "../history/reports.js";
import { told } from "../history/support.js";
import { chosen } from "../preferences.js";

const VIEWS = ["play", "reports"];
const AROUND = 600_000; // ms before and after a moment that is asked for without a window
const QUIET = 400; // ms that the time stands before the address tells it

export default class {
  constructor(root, app, { actions }) {
    const { keys, look, t } = app;
    this.app = app;
    this.opened = null; // the address of what is loaded
    this.comes = false; // it was chosen in the bar just now
    this.list = null; // the API's assets
    this.view = "play";
    this.element = h("div", { class: "past" });
    root.append(this.element);
    this.tabs = h(
      "div",
      { class: "segments past-views", role: "group", "aria-label": t("history.views") },
      ...VIEWS.map((view) =>
        h(
          "button",
          { type: "button", "data-view": view, onclick: () => this.go({ view: view === "play" ? null : view }) },
          t(`history.view.${view}`),
        ),
      ),
    );
    actions.append(this.tabs);
    this.chooser = new Chooser(this.element, app, { onChoose: (choice) => this.choose(choice) });
    this.problem = h("div", { class: "past-load", role: "alert", hidden: true });
    this.hint = h("p", { class: "page-state" }, t("history.hint"));
    this.element.append(this.problem, this.hint);
    this.playing = h("div", { class: "past-view" });
    this.reporting = h("div", { class: "past-view", hidden: true });
    this.element.append(this.playing, this.reporting);
    this.playback = new Playback(this.playing, app, {
      onMoment: () => this.tellMoment(),
      onStep: (step) => this.go({ step }),
    });
    this.reports = new Reports(this.reporting, app, {
      choice: () => this.chooser.choice(),
      list: () => this.list,
    });
    this.playback.map.layers.addEventListener("change", () => this.tellMoment());
    const { player } = this.playback;
    const add = (key, words, handler) =>
      keys.add(
        key,
        words,
        (event) => {
          if (this.view === "play" && this.playback.recording) handler(event);
        },
        "history",
      );
    add(" ", "history.keys.play", (event) => {
      if (event.target.closest?.("button, summary, a")) event.target.click();
      else player.toggle();
    });
    add("n", "history.after", () => this.playback.step(1));
    add("p", "history.before", () => this.playback.step(-1));
    add("ArrowRight", "history.keys.forward", () => this.playback.leap(1));
    add("ArrowLeft", "history.keys.back", () => this.playback.leap(-1));
    add("+", "history.keys.faster", () => player.turn(1));
    add("-", "history.keys.slower", () => player.turn(-1));
    add("c", "keys.centre", () => this.playback.centre());
    add("Escape", "history.keys.escape", () => {
      this.playback.select(-1);
      this.playback.selectContact(null);
    });
    look.addEventListener("change", () => {
      this.chooser.turnZone();
      this.playback.restyle();
      this.reports.restyle();
    });
    window.nigehbanPast = () => told(this.playback);
  }

  /**
   * `from`, `to`, `assets`, `step`: what is loaded; `at`, `asset`, `contact`, `hide`; `view=reports` and
   * `kind`. A moment alone is shown with the time around it.
   */
  async show(params) {
    if (this.aroundMoment(params)) return;
    this.playback.map.awake(true);
    this.playback.map.layers.set(params.hide ?? (params.from ? "" : chosen("hidden-past", "")));
    this.turnView(VIEWS.includes(params.view) ? params.view : "play");
    this.reports.set(params);
    const choice = readChoice(params);
    const named = choice.from < choice.to;
    this.chooser.set(choice);
    if (!(await this.loadList())) return;
    this.hint.hidden = named || this.view !== "play";
    if (this.view !== "play") return;
    const opened = named ? JSON.stringify(choiceParams(choice)) : null;
    if (opened === this.opened) {
      const { player } = this.playback;
      if (named) {
        this.playback.choose(params.asset ?? null);
        if ((params.contact ?? null) !== this.playback.contactId) this.playback.selectContact(params.contact ?? null);
      }
      const elsewhere = !Number.isNaN(choice.at) && Math.abs(choice.at - player.time) >= 1000;
      if (elsewhere && !player.playing) this.playback.seek(choice.at);
      return;
    }
    this.opened = opened;
    if (!named) {
      this.playback.close();
      return;
    }
    this.playback.selectedKey = params.asset ?? null;
    this.playback.contactId = /^\d{1,19}$/.test(params.contact ?? "") ? params.contact : null;
    const opening = this.playback.open(choice, this.list);
    // Space plays what was chosen, and does not ask for it once more.
    if (this.comes) this.playback.line.track.focus({ preventScroll: true });
    this.comes = false;
    await opening;
  }

  /** Give a moment without a window one; whether it did. A single asset that is named is selected. */
  aroundMoment(params) {
    const { at, from, to, assets } = readChoice(params);
    if (Number.isNaN(at) || !Number.isNaN(from) || !Number.isNaN(to)) return false;
    const { clock, router } = this.app;
    const end = Math.max(at + 1000, Math.min(at + AROUND, clock.now()));
    const [only, ...others] = assets;
    const asset = params.asset ?? (only && !others.length && /^\d+$/.test(only) ? only : null);
    const window = { from: iso(at - AROUND), to: iso(Math.ceil(end / 1000) * 1000) };
    router.go("history", { ...params, ...window, asset }, { replace: true });
    return true;
  }

  hide() {
    this.playback.player.pause();
    this.playback.map.awake(false);
  }

  refresh() {
    this.playback.refresh();
  }

  turnView(view) {
    this.view = view;
    if (view !== "play") this.playback.player.pause();
    this.element.dataset.view = view;
    this.playing.hidden = view !== "play";
    this.reporting.hidden = view !== "reports";
    for (const tab of this.tabs.children)
      tab.setAttribute("aria-pressed", String(tab.dataset.view === view));
  }

  /** Which assets there are; says so, with a button to ask again, if that cannot be had. */
  async loadList() {
    if (this.list) return true;
    const { api, router, t } = this.app;
    try {
      this.list = await api.get("/assets");
    } catch (error) {
      if (error.name !== "ApiProblem") throw error;
      this.problem.hidden = false;
      this.problem.replaceChildren(
        h("span", { class: "wrong" }, t("history.failed", { reason: error.detail })),
        h("button", { type: "button", class: "button", onclick: () => this.show(router.params) }, t("history.again")),
      );
      return false;
    }
    this.problem.hidden = true;
    this.chooser.assets.offer(this.list);
    return true;
  }

  /** What was chosen in the bar. */
  choose(choice) {
    if (this.view === "reports") {
      this.go({ ...choiceParams({ ...choice, step: null }), at: null }, true);
      this.reports.make();
      return;
    }
    this.opened = null; // the same once more is asked for anew
    this.comes = true;
    this.list = null;
    const { selectedKey: asset, map } = this.playback;
    this.go({ ...choiceParams({ ...choice, step: null }), at: null, asset, hide: map.layers.text });
  }

  /** Change some of what the address says. */
  go(changed, replace = false) {
    const { router } = this.app;
    const before = location.search;
    router.go("history", { ...router.params, ...changed }, { replace });
    if (location.search === before) this.show(router.params);
  }

  /** The address tells the moment once the time stands still. */
  tellMoment() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { router } = this.app;
      const { player, recording, selectedKey, contactId, map } = this.playback;
      if (router.page !== "history" || this.view !== "play" || !recording || player.playing) return;
      const at = iso(Math.floor(player.time / 1000) * 1000);
      const shown = { at, asset: selectedKey, contact: contactId, hide: map.layers.text };
      router.go("history", { ...router.params, ...shown }, { replace: true });
    }, QUIET);
  }
}
