// What is known of the chosen contact beyond what it is now: where it was, how fast and how high, who saw
// it, what happened, what is to be done, and how its evidence is had.

import { ApiProblem } from "../api.js";
import { h, write } from "../dom.js";
import { metres, number, place } from "../format.js";
import { Chart } from "../plot.js";
import { token } from "../shapes.js";
import { inline, t, told } from "../words.js";
import { inLanguage, ruleWords, whyWords } from "../watch/alert_words.js";
import { Checklist } from "../watch/checklist.js";
import { heading } from "../watch/panel_parts.js";
import { address } from "../router.js";
import { dayAndTime, inZone } from "../zones.js";
import { read } from "./past.js";

const MARGIN = 60_000; // ms that the evidence has before and after

export class Story {
  /** `on.track(points, first)`, `on.last(contact)`: its newest state that is kept. */
  constructor(root, app, on) {
    const { api, look, zone, say } = app;
    Object.assign(this, { api, zone, say, on, id: null, track: [] });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.again = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.load() }, t("page.again"));
    this.checklist = new Checklist(app, () => this.load());
    const charts = h("div", {});
    this.saw = h("ul", { class: "saw" });
    this.items = h("ol", { class: "acts timeline" });
    this.command = h("code", { class: "command", dir: "ltr" });
    const copy = h("button", { type: "button", class: "button", onclick: () => this.copy() }, t("story.copy"));
    this.parts = h(
      "div",
      { class: "story" },
      this.checklist.element,
      heading(t("story.track")),
      charts,
      heading(t("story.saw")),
      this.saw,
      heading(t("story.timeline")),
      this.items,
      heading(t("story.evidence")),
      h("p", { class: "hint" }, t("story.evidence.words")),
      h("div", { class: "evidence" }, this.command, copy),
    );
    this.chart = new Chart(charts, { label: t("story.track"), height: 230 });
    root.append(this.problem, this.again, this.parts);
    look.addEventListener("change", () => this.draw());
  }

  open(id) {
    if (this.id === id) return;
    this.id = id;
    this.first = true;
    this.track = [];
    this.parts.hidden = true;
    if (id === null) this.on.track([], false);
    else this.load();
  }

  async load() {
    const { id } = this;
    if (id === null) return;
    const get = (path) => this.api.get(`/contacts/${id}${path}`);
    try {
      const [whole, track, story] = await Promise.all([get(""), get("/track"), get("/timeline")]);
      if (this.id !== id) return;
      this.tell("");
      this.parts.hidden = false;
      this.track = track;
      this.on.last(read(whole.last));
      this.on.track(track.map(({ longitude, latitude }) => [longitude, latitude]), this.first);
      this.first = false;
      this.draw();
      this.showSensors(whole.sensors);
      this.showItems(story.items);
      const [checklist] = story.checklists;
      this.checklist.show(checklist?.alert ?? null, checklist?.raised_time ?? null);
      this.showCommand(whole.last.first_time, whole.last_time);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (this.id === id) this.tell(error.detail);
    }
  }

  tell(words) {
    this.problem.hidden = words === "";
    this.again.hidden = words === "";
    write(this.problem, words);
  }

  draw() {
    if (this.id === null || !this.track.length) return;
    const times = this.track.map(({ time }) => inZone(Date.parse(time), this.zone()));
    const line = (name, axis, colour, unit) => ({
      type: "scatter",
      mode: times.length > 1 ? "lines" : "markers",
      x: times,
      y: this.track.map((point) => point[name]),
      yaxis: axis,
      line: { color: token(colour), width: 1.8 },
      marker: { color: token(colour) },
      connectgaps: false,
      hovertemplate: `%{y} ${unit}<extra></extra>`,
    });
    const title = (words, axis) => ({
      text: words, xref: "paper", x: 0, yref: `${axis} domain`, y: 1, yanchor: "bottom", xanchor: "left",
      showarrow: false, font: { size: 12, color: token("--text-2") },
    }); // prettier-ignore
    this.chart.draw([line("speed", "y", "--car", "m/s"), line("height", "y2", "--drone", "m")], {
      margin: { l: 34, r: 8, t: 18, b: 26 },
      hovermode: "x unified",
      xaxis: { type: "date", nticks: 5, anchor: "y2", tickformat: "%H:%M:%S" },
      yaxis: { domain: [0.58, 1], rangemode: "tozero", nticks: 4 },
      yaxis2: { domain: [0, 0.4], rangemode: "tozero", nticks: 4 },
      annotations: [title(inline(`${t("story.speed")} (m/s)`), "y"), title(inline(`${t("contact.height")} (m)`), "y2")],
    });
  }

  showSensors(sensors) {
    const row = ({ sensor, means, count, first_time, last_time }) =>
      h(
        "li",
        {},
        h("a", { href: address("airspace", { tab: "sensors", sensor }) }, sensor),
        h("span", {}, `${told(`contact.means.${means}`, means)} · ${t("story.detections", { count: number(count) })}`),
        h("span", { class: "hint" }, h("bdi", { dir: "ltr" }, `${dayAndTime(Date.parse(first_time), this.zone())} – ${dayAndTime(Date.parse(last_time), this.zone())}`)),
      );
    this.saw.replaceChildren(...(sensors.length ? sensors.map(row) : [h("li", { class: "hint" }, t("story.nobody"))]));
  }

  showItems(items) {
    const said = JSON.stringify(items);
    if (this.items.dataset.said === said) return;
    this.items.dataset.said = said;
    this.items.replaceChildren(
      ...items.map((item) =>
        h(
          "li",
          { "data-kind": item.kind, "data-what": item.what },
          h("a", { href: this.at(Date.parse(item.time)), title: t("story.replay") }, h("time", { dir: "ltr" }, dayAndTime(Date.parse(item.time), this.zone()))),
          h("span", { class: "what" }, ...this.words(item)),
          ...(item.who && item.who !== "system" ? [h("span", { class: "who" }, item.who)] : []),
          ...[whyWords(item, this.zone())].filter(Boolean).map((words) => h("span", { class: "why" }, words)),
        ),
      ),
    );
  }

  /** Where a moment is played again. */
  at(time) {
    return address("history", { at: new Date(time).toISOString(), contact: this.id });
  }

  words(item) {
    if (item.kind === "operator") return [`${t("story.located")}: `, h("bdi", {}, place(item.latitude, item.longitude))];
    if (item.kind === "threat") return [[t(`contact.threat.${item.what}`), inLanguage(item.text)].filter(Boolean).join(": ")];
    if (item.kind === "tick") return [`${t(`story.${item.what}`)}: ${inLanguage(item.text) || item.item}`];
    if (item.kind === "alert") {
      const rule = item.alert.split("/")[0];
      const link = h("a", { href: address("alerts", { alert: item.alert }) }, ruleWords(rule));
      return [`${t("story.alert")} `, link, `: ${told(`queue.act.${item.what}`, item.what)}`];
    }
    const far = item.distance === null ? "" : ` · ${metres(item.distance)}`;
    const words = `${told(`story.contact.${item.what}`, item.what)}${far}`;
    if (item.other === null) return [words];
    return [`${words} · `, h("a", { href: address("airspace", { contact: item.other }) }, t("contact.nameless", { id: item.other.slice(-4) }))];
  }

  showCommand(first, last) {
    const moment = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
    const [from, to] = [moment(Date.parse(first) - MARGIN), moment(Date.parse(last) + MARGIN)];
    write(this.command, `nigehban evidence --from ${from} --to ${to} --contact ${this.id} --output contact-${this.id}.zip`);
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.command.textContent);
      this.say(t("story.copied"));
    } catch (error) {
      console.info(error);
      getSelection().selectAllChildren(this.command);
      this.say(t("story.select"), { kind: "warning" });
    }
  }
}
