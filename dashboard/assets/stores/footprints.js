// What the cameras of our assets see of the ground, as the server reckons it.

const FRESH_FOR = 7_000; // ms; the server tells of one that stays where it is each two seconds
const KEPT_FOR = 60_000; // ms

/** Dispatches `change`. */
export class Footprints extends EventTarget {
  constructor(feed) {
    super();
    this.byKey = new Map(); // key of the asset: { key, fixed, camera, ring, time, image }
    this.fixedVersion = 0; // grows when one of the fixed ones is another
    feed.on("footprints", (message) => this.take(message));
  }

  take({ whole, footprints, gone }) {
    if (whole) this.byKey.clear();
    let fixed = whole;
    for (const key of gone) {
      fixed ||= this.byKey.get(key)?.fixed ?? false;
      this.byKey.delete(key);
    }
    for (const footprint of footprints) {
      fixed ||= footprint.fixed;
      this.byKey.set(footprint.key, footprint);
    }
    if (fixed) this.fixedVersion += 1;
    this.dispatchEvent(new Event("change"));
  }

  /** Whether it is of now ("fresh"), older ("old"), or too old to be shown (null). */
  static level({ fixed, time }, now) {
    if (fixed || now - time <= FRESH_FOR) return "fresh";
    return now - time <= KEPT_FOR ? "old" : null;
  }
}
