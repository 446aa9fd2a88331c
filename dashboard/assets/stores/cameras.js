// The fixed cameras: they are in the register and tell of events alone, so they have no slot in the fleet.

import { number } from "../format.js";
import { t, told } from "../words.js";

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Dispatches `change`. */
export class Cameras extends EventTarget {
  constructor(feed) {
    super();
    // key: { key, identity, name, group, place, heading, across, reach, out_of_service, event }
    this.byKey = new Map();
    this.sorted = null;
    feed.on("cameras", (message) => this.take(message));
  }

  take({ whole, cameras, gone }) {
    if (whole) this.byKey.clear();
    for (const key of gone) this.byKey.delete(key);
    for (const camera of cameras) this.byKey.set(camera.key, camera);
    this.sorted = null;
    this.dispatchEvent(new Event("change"));
  }

  get(key) {
    return this.byKey.get(key);
  }

  /** All, by name. */
  all() {
    this.sorted ??= [...this.byKey.values()].sort((a, b) => collator.compare(a.name, b.name));
    return this.sorted;
  }
}

/** What an asset with or without a slot is called; null for one that is not known. */
export function assetNameOf(fleet, key) {
  const slot = fleet.slotOf.get(key);
  return slot === undefined ? (fleet.cameras?.get(key)?.name ?? null) : fleet.names[slot];
}

/** [longitude, latitude] of an asset, also of one without a slot; null where it has none. */
export function assetPlaceOf(fleet, key) {
  const slot = fleet.slotOf.get(key);
  if (slot === undefined) return fleet.cameras?.get(key)?.place ?? null;
  return fleet.hasPlace(slot) ? [fleet.longitude[slot], fleet.latitude[slot]] : null;
}

/** What an event says beside what it is: how many, which plate, how sure, in words. */
export function eventDetail({ count, plate, confidence, text }) {
  const said = [
    count !== undefined && t("camera.count", { count: number(count) }),
    plate !== undefined && `\u2068${plate}\u2069`,
    confidence !== undefined && t("camera.confidence", { percent: number(confidence * 100) }),
    text !== undefined && `\u2068${text}\u2069`,
  ];
  return said.filter(Boolean).join(t("value.comma"));
}

export function eventWords(kind) {
  return told(`history.event.${kind}`, kind.replaceAll("_", " "));
}
