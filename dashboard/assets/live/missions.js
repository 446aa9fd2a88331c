// Ways that other ground stations gave to vehicles: a line through the places of the mission, and a
// ring around the one that is flown to. What our own schedule shows already is not drawn again.

import { apart } from "../watch/ground.js";

const FROM = 11; // zoom from which those of all vehicles are drawn
const SAME = 40; // metres beside our own way within which a place is one of it
const DASH = [9, 4, 2, 4];

export class MissionWays {
  constructor(missions, layer, layers, routes, clock) {
    Object.assign(this, { missions, layer, layers, routes, clock });
    this.shown = 0;
    missions.addEventListener("change", () => layer.invalidate());
  }

  draw(pen) {
    this.shown = 0;
    if (!this.layers.shows("missions")) return;
    const { fleet, selected, map } = this.layer;
    const now = this.clock.now();
    for (const mission of this.missions.byKey.values()) {
      const slot = fleet.slotOf.get(mission.key);
      const chosen = slot !== undefined && slot === selected;
      if (slot === undefined || (!chosen && map.getZoom() < FROM) || this.isOurs(mission)) continue;
      this.shown += 1;
      pen.line(mission.places, { width: chosen ? 2.2 : 1.2, dash: DASH });
      const current = this.missions.current(mission, now);
      mission.places.forEach((place, i) => {
        if (i === current) pen.ring(place, 8);
        if (chosen || i === current) pen.dot(place, chosen ? 3 : 2.5);
        if (chosen && i === current) pen.words(String(place[2]), place, 18);
      });
    }
  }

  /** Whether it is a way of our own plan: all its places lie along one that is shown for it. */
  isOurs({ key, places }) {
    const own = this.routes.ways.filter(({ asset }) => asset === key);
    return own.some((way) => places.every((place) => beside(place, way.places)));
  }
}

/** Whether a place lies within SAME metres of a line through `places`. */
function beside(place, places) {
  if (places.length === 1) return apart(place, places[0]).distance <= SAME;
  return places.some((from, i) => i + 1 < places.length && toLeg(place, from, places[i + 1]) <= SAME);
}

function toLeg(place, from, to) {
  const leg = apart(from, to);
  const there = apart(from, place);
  const turn = ((there.bearing - leg.bearing) * Math.PI) / 180;
  const along = Math.max(0, Math.min(leg.distance, there.distance * Math.cos(turn)));
  return Math.hypot(there.distance * Math.cos(turn) - along, there.distance * Math.sin(turn));
}
