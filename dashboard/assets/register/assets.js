// The fleet as the server tells it, fixed cameras among it, and the changes that people make of its register.

import { ApiProblem } from "../api.js";

const PERIOD = 10000; // ms between two looks at the server
const MANY = 2000; // assets for which that is often enough; each is some 900 bytes
const HASTE = 2000; // ms after the last one, where something was renamed meanwhile
const PAGE = 1000;

/** Dispatches `change` when `all` are others, or `problem` is. */
export class Assets extends EventTarget {
  constructor({ api, fleet }) {
    super();
    this.api = api;
    this.fleet = fleet;
    this.all = new Map(); // key → what GET /fleet tells of it, of a fixed camera what `itemOf` makes
    this.loaded = null; // performance.now() of the last answer
    this.problem = null;
    this.asked = -Infinity;
    this.directory = 0;
    this.asking = false;
  }

  /** Ask the server at the next occasion. */
  hurry() {
    this.asked = -Infinity;
  }

  /** Ask the server if it is time to. */
  async refresh(now = performance.now()) {
    const renamed = this.fleet.directoryVersion !== this.directory;
    const period = PERIOD * Math.max(1, this.all.size / MANY);
    if (this.asking || now - this.asked < (renamed ? HASTE : period)) return;
    this.asking = true;
    this.asked = now;
    this.directory = this.fleet.directoryVersion;
    try {
      this.all = await this.load();
      this.loaded = performance.now();
      this.problem = null;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    } finally {
      this.asking = false;
    }
    this.dispatchEvent(new Event("change"));
  }

  async load() {
    const found = new Map();
    await this.pages("/cameras", (camera) => found.set(camera.key, itemOf(camera)));
    await this.pages("/fleet", (item) => found.set(item.now.key, item));
    return found;
  }

  async pages(path, take) {
    let cursor = null;
    do {
      const at = cursor ? `&cursor=${cursor}` : "";
      const page = await this.api.get(`${path}?limit=${PAGE}${at}`);
      page.items.forEach(take);
      cursor = page.next;
    } while (cursor);
  }

  /** The names of the groups that there are. */
  groups() {
    const names = [...this.all.values()].map((item) => item.register?.group).filter(Boolean);
    return [...new Set(names)].sort((a, b) => a.localeCompare(b));
  }

  /** Change fields of one asset's entry; the entry after it. Throws ApiProblem. */
  async change(key, fields, who) {
    const { version } = this.all.get(key).register;
    try {
      const entry = await this.api.patch(`/register/${key}`, { who, ...fields }, { etag: `"${version}"` });
      this.take([entry]);
      return entry;
    } catch (error) {
      this.hurry(); // somebody else may have changed it
      throw error;
    }
  }

  /** Put assets into a group (null: into none). Throws ApiProblem. */
  async group(keys, group, who) {
    this.take(await this.api.post("/register/group", { who, keys, group }));
  }

  take(entries) {
    for (const entry of entries) {
      const item = this.all.get(entry.key);
      if (!item) continue;
      this.all.set(entry.key, { ...item, register: entry });
    }
    this.hurry(); // what follows from it
    this.dispatchEvent(new Event("change"));
  }
}

const NOTHING = {
  gps: null,
  satellites: null,
  hdop: null,
  ekf: null,
  battery: { percent: null, voltage: null, current: null, percent_per_hour: null, trend: [] },
  link: null,
  firmware: null,
  flown: null,
  maintenance: null,
};

/** A fixed camera as an item of the fleet: it has none of what moves. */
function itemOf(camera) {
  const { key, identity, name, alerts, register } = camera;
  return { ...NOTHING, camera, now: { key, identity, name, kind: "camera", mode: "" }, alerts, register };
}
