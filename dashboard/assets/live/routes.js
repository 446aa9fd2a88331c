// The planned ways of the drones that are on a sortie of a known plan, beside which their trails show
// how they fly it. Those that other ground stations gave them are `missions.js`'s.

import { ApiProblem } from "../api.js";

const PERIOD = 60_000; // ms between two looks at the schedule
const EARLY = 15 * 60_000; // ms before its start from which a flight's way is shown
const LONGEST = 12 * 3_600_000; // ms that a run may have begun before
const PLANS_MOST = 12;

export class Routes {
  constructor(app, layer, layers) {
    this.app = app;
    this.layer = layer;
    this.layers = layers;
    this.ways = []; // { asset, places }
    this.plans = new Map(); // id and version of a plan: the features of its map
    this.looked = -Infinity;
    this.busy = false;
  }

  /** Look at the schedule when it is time to. */
  async refresh() {
    const due = performance.now() - this.looked > PERIOD;
    if (!due || this.busy || !this.layers.shows("routes") || this.app.feed.state !== "live") return;
    this.looked = performance.now();
    this.busy = true;
    try {
      this.ways = await this.load(this.app.clock.now());
      this.layer.invalidate();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      console.info("planned ways:", error.detail); // the next look may find them
    } finally {
      this.busy = false;
    }
  }

  async load(now) {
    const moment = (ms) => new Date(ms).toISOString();
    const window = new URLSearchParams({ begin: moment(now - LONGEST), end: moment(now + EARLY) });
    const { runs } = await this.app.api.get(`/schedule/runs?${window}`);
    const flown = runs.filter(({ state }) => state !== "cancelled").flatMap((run) =>
      run.flights
        .filter(({ asset, start, end }) => asset && Date.parse(start) - EARLY <= now && now <= Date.parse(end))
        .map((flight) => ({ ...flight, plan: run.plan, version: run.plan_version })),
    );
    const ways = [];
    for (const flight of flown) {
      const features = await this.plan(flight.plan, flight.version);
      const own = features.filter(({ properties }) => properties.role === "way" && properties.sortie === flight.sortie);
      ways.push(...own.map(({ geometry }) => ({ asset: flight.asset, places: geometry.coordinates })));
    }
    return ways;
  }

  async plan(id, version) {
    const name = `${id}?version=${version}`;
    if (!this.plans.has(name)) {
      if (this.plans.size >= PLANS_MOST) this.plans.clear();
      const { result } = await this.app.api.get(`/plans/${name}`);
      this.plans.set(name, result.map.features);
    }
    return this.plans.get(name);
  }

  draw(pen) {
    if (!this.layers.shows("routes")) return;
    const { fleet, selected } = this.layer;
    for (const { asset, places } of this.ways) {
      const chosen = fleet.slotOf.get(asset) === selected;
      pen.line(places, { colour: pen.colours.drone, width: chosen ? 2.4 : 1.3, dash: [3, 5] });
    }
  }
}
