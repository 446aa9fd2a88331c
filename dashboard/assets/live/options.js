// How the live map is drawn at this screen; kept by the browser.

import { choose, chosen } from "../preferences.js";

export const TRAILS = [60, 120, 300]; // seconds
const RINGS = [500, 1000, 2000]; // m
const RINGS_MOST = 8;
const FARTHEST = 100_000; // m

/** Dispatches `change`. */
export class Options extends EventTarget {
  constructor() {
    super();
    const trail = Number(chosen("trail-length", TRAILS.at(-1)));
    this.trail = TRAILS.includes(trail) ? trail : TRAILS.at(-1);
    this.rings = readRings(chosen("rings", "")) ?? RINGS;
    this.smooth = chosen("smooth", "yes") === "yes";
  }

  setTrail(seconds) {
    this.trail = seconds;
    choose("trail-length", String(seconds));
    this.dispatchEvent(new Event("change"));
  }

  /** Take distances as somebody typed them; false if they are none. */
  setRings(text) {
    const rings = readRings(text);
    if (!rings) return false;
    this.rings = rings;
    choose("rings", rings.join(" "));
    this.dispatchEvent(new Event("change"));
    return true;
  }

  setSmooth(wanted) {
    this.smooth = wanted;
    choose("smooth", wanted ? "yes" : "no");
    this.dispatchEvent(new Event("change"));
  }
}

/** "500, 1000 2km" as metres from the least on; null if a word is no distance, or there is none. */
export function readRings(text) {
  const words = text.toLowerCase().replace(/(\d)\s+(k?m)\b/g, "$1$2").split(/[\s,;]+/).filter(Boolean);
  const rings = words.map((word) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(k?m)?$/.exec(word) ?? [];
    return number === undefined ? NaN : Number(number) * (unit === "km" ? 1000 : 1);
  });
  const good = rings.length > 0 && rings.length <= RINGS_MOST && rings.every((ring) => ring > 0 && ring <= FARTHEST);
  return good ? [...new Set(rings)].sort((a, b) => a - b) : null;
}
