// Which assets the list shows: of a kind, as fresh, doing something, with the words that are sought.

import { FRESHNESS, KINDS, LOST } from "../fleet.js";
import { onTask } from "./kpis.js";

/** What an asset may be doing, by the name that an address gives it. */
const STATES = {
  airborne: (fleet, slot) => fleet.freshness[slot] !== LOST && fleet.flies(slot),
  task: onTask,
  low: (fleet, slot) => fleet.freshness[slot] !== LOST && fleet.isLow(slot),
};

export class ListFilter {
  constructor(fleet) {
    this.fleet = fleet;
    this.chosen = { kind: null, freshness: null, state: null }; // null: any
    this.words = [];
  }

  /** Take what an address says; what it does not name is not filtered. Whether that is another than before. */
  take({ kind, freshness, state }) {
    const chosen = {
      kind: index(KINDS, kind),
      freshness: index(FRESHNESS, freshness),
      state: state in STATES ? state : null,
    };
    const same = Object.entries(chosen).every(([name, value]) => value === this.chosen[name]);
    if (!same) this.chosen = chosen;
    return !same;
  }

  /** For an address. */
  params() {
    const { kind, freshness, state } = this.chosen;
    return {
      kind: kind === null ? null : KINDS[kind],
      freshness: freshness === null ? null : FRESHNESS[freshness],
      state,
    };
  }

  /** Set one part; choosing what is chosen already takes it away. */
  choose(name, value) {
    this.chosen[name] = this.chosen[name] === value ? null : value;
  }

  seek(text) {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  /** Whether something is sought by words. */
  get seeks() {
    return this.words.length > 0;
  }

  /** Whether anything at all is left out. */
  get narrows() {
    return this.seeks || Object.values(this.chosen).some((value) => value !== null);
  }

  fits(slot) {
    const { chosen, fleet } = this;
    if (chosen.kind !== null && fleet.kind[slot] !== chosen.kind) return false;
    if (chosen.freshness !== null && fleet.freshness[slot] !== chosen.freshness) return false;
    if (chosen.state !== null && !STATES[chosen.state](fleet, slot)) return false;
    return this.sought(slot);
  }

  sought(slot) {
    if (!this.seeks) return true;
    const { fleet } = this;
    const text = `${fleet.names[slot]} ${fleet.identities[slot]} ${fleet.modeOf(slot) ?? ""}`.toLowerCase();
    return this.words.every((word) => text.includes(word));
  }
}

function index(names, name) {
  const at = names.indexOf(name);
  return at < 0 ? null : at;
}
