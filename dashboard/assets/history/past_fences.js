// The geofences as they were drawn at a moment: the version that counted then, and whether it was in force.

import { h } from "../dom.js";
import { t } from "../words.js";
import { FenceTip } from "../watch/fence_layers.js";
import { dayAndTime } from "../zones.js";

/** Like the store of the live page; dispatches `change` when others are to be drawn. */
export class PastFences extends EventTarget {
  constructor() {
    super();
    this.clear();
  }

  clear() {
    this.versions = [];
    this.to = Infinity;
    this.edges = []; // ms, in order: between two of them nothing changes
    this.shown = null;
    this.draw([]);
  }

  /** Take features of /history/geofences, of a window until `to` (ms). */
  take(items, to) {
    this.to = to;
    for (const { geometry, properties } of items) {
      const [from, until] = [properties.valid_from, properties.valid_until];
      const spans = properties.in_force.map((span) => [Date.parse(span.from), Date.parse(span.to)]);
      const begins = from === null ? -Infinity : Date.parse(from);
      const ends = until === null ? Infinity : Date.parse(until);
      this.versions.push({ geometry, properties, begins, ends, spans });
    }
    const edges = this.versions.flatMap(({ begins, ends, spans }) => [begins, ends, ...spans.flat()]);
    this.edges = [...new Set(edges)].filter(Number.isFinite).sort((a, b) => a - b);
    this.shown = null;
  }

  turn(time) {
    const at = Math.min(time, this.to - 1); // the window's end is not in it
    const stretch = this.edges.filter((edge) => edge <= at).length;
    if (stretch === this.shown) return;
    this.shown = stretch;
    const counted = this.versions.filter(({ begins, ends }) => begins <= at && at < ends);
    this.draw(
      counted.map(({ geometry, properties, begins, spans }) => {
        const span = spans.find(([start, end]) => start <= at && at < end);
        const next = span ? span[1] : spans.find(([start]) => start > at)?.[0];
        // Schedules are known within the window only.
        const changes = next !== undefined && next < this.to ? next : null;
        return {
          type: "Feature",
          geometry,
          properties: {
            ...properties,
            begins: Number.isFinite(begins) ? begins : null,
            in_force: span !== undefined,
            changes: changes === null ? null : new Date(changes).toISOString(),
          },
        };
      }),
    );
  }

  draw(features) {
    this.collection = { type: "FeatureCollection", features };
    this.dispatchEvent(new Event("change"));
  }

  all() {
    return this.collection.features.map(({ properties }) => properties);
  }
}

/** What is under the pointer, with its version and since when that counted. */
export class PastFenceTip extends FenceTip {
  constructor(root, clock, zone) {
    super(root, clock);
    this.zone = zone;
  }

  describe(fence) {
    const element = super.describe(fence);
    const values = { version: fence.version, time: fence.begins === null ? "" : dayAndTime(fence.begins, this.zone()) };
    element.append(h("span", {}, t(fence.begins === null ? "history.fence.version" : "history.fence.since", values)));
    return element;
  }
}
