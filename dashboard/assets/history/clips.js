// Takes what is shown along: as a file, and as a link to the moment.

import { h, write } from "../dom.js";
import { t } from "../words.js";
import { asked } from "./recording.js";

const FORMATS = { geojson: "GeoJSON", kml: "KML", csv: "CSV" };

export class Clips {
  /** `link()` gives the address of what is shown; what else is shown of `layers` is in the clips. */
  constructor(root, app, { link, layers }) {
    this.app = app;
    this.layers = layers;
    this.recording = null;
    layers.addEventListener("change", () => this.recording && this.offer(this.recording));
    this.busy = false;
    this.links = Object.entries(FORMATS).map(([format, name]) =>
      h(
        "a",
        { class: "button", "data-format": format, download: "", onclick: (event) => this.take(event) },
        name,
      ),
    );
    this.element = h(
      "div",
      { class: "past-take", hidden: true },
      (this.words = h("span", { class: "hint", id: "past-clip" })),
      h("div", { class: "past-clips", role: "group", "aria-labelledby": "past-clip" }, ...this.links),
      h("button", { type: "button", class: "button", onclick: () => this.copy(link()) }, t("history.link")),
    );
    root.append(this.element);
  }

  /** Offer clips of a recording. */
  offer(recording) {
    const { from, to, query } = recording;
    this.recording = recording;
    this.element.hidden = false;
    const include = ["contacts", "alerts"].filter((name) => this.layers.shows(name)).join(",") || null;
    for (const link of this.links) {
      const { format } = link.dataset;
      link.href = `/api/v1/history/clip?${asked({ format, from, to, assets: query, include })}`;
      link.title = include && format === "csv" ? t("history.clip.zip") : "";
    }
    write(this.words, t(include ? "history.clip.with" : "history.clip"));
  }

  /** Fetch the file first: what the server says against it can be shown then. */
  async take(event) {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    const { href } = event.currentTarget;
    const done = this.app.say(t("history.clip.making"), { kind: "problem" });
    try {
      const answer = await fetch(href);
      if (!answer.ok) {
        const problem = await answer.json().catch(() => null);
        throw new Error(problem?.detail ?? t("api.refused", { status: answer.status }));
      }
      const url = URL.createObjectURL(await answer.blob());
      h("a", { href: url, download: fileName(answer) }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      const reason = error instanceof TypeError ? t("api.unreachable") : error.message;
      this.app.say(t("history.clip.failed", { reason }), { kind: "problem" });
    } finally {
      done();
      this.busy = false;
    }
  }

  async copy(link) {
    try {
      await navigator.clipboard.writeText(link);
      this.app.say(t("history.link.copied"));
    } catch (error) {
      console.info(error);
      this.app.say(t("history.link.here", { link }), { kind: "problem" });
    }
  }
}

function fileName(answer) {
  const told = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
  return told ? decodeURIComponent(told[1]) : "nigehban-clip";
}
