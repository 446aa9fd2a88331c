// The missions that vehicles carry, overheard from other ground stations, and where in them they are.

/** Dispatches `change`. */
export class Missions extends EventTarget {
  constructor(feed) {
    super();
    this.byKey = new Map(); // key of the asset: { key, time, places: [[longitude, latitude, number], …] }
    this.progress = new Map(); // key: { key, item, time }
    feed.on("missions", (message) => this.take(message));
    feed.on("progress", ({ progress }) => {
      for (const each of progress) this.progress.set(each.key, each);
      this.dispatchEvent(new Event("change"));
    });
  }

  take({ whole, missions, gone }) {
    if (whole) this.byKey.clear();
    for (const key of gone) this.byKey.delete(key);
    for (const mission of missions) this.byKey.set(mission.key, mission);
    this.dispatchEvent(new Event("change"));
  }

  /** The place that a vehicle flies to by what it told lately; -1 where that is not known. */
  current({ key, places }, now) {
    const told = this.progress.get(key);
    if (!told || now - told.time > TOLD_FOR) return -1;
    // An item that is no place, a camera's for example, is done on the way to the next one.
    return places.findIndex(([, , number]) => number >= told.item);
  }
}

const TOLD_FOR = 20_000; // ms; the server tells of it each five seconds
