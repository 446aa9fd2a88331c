// The groups of the list of assets: by what they are told apart, which are closed, what stands where.

import { CAMERA, CAR, DRONE, KINDS, OFFICER, POST, UNKNOWN } from "../fleet.js";
import { choose, chosen } from "../preferences.js";
import { t } from "../words.js";
import { HEAD, ROW } from "./list_rows.js";

/** By what assets may be grouped; the first is not at all. */
export const GROUPINGS = ["none", "group", "kind"];

const PLURALS = {
  [DRONE]: "list.drones",
  [CAR]: "list.cars",
  [OFFICER]: "list.officers",
  [POST]: "list.posts",
  [CAMERA]: "list.cameras",
  [UNKNOWN]: "kind.unknown",
};
const LAST = 99; // where those in no group stand

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Whether an entry of the list is a group; else it is a slot. */
export const isGroup = (entry) => typeof entry === "object";

export class Grouping {
  constructor(fleet) {
    this.fleet = fleet;
    this.closed = new Set(JSON.parse(chosen("list.closed", "[]"))); // "<grouping>/<key>"
    this.set(chosen("list.grouping"));
  }

  /** Group by this from now on. */
  set(by) {
    this.by = GROUPINGS.includes(by) ? by : GROUPINGS[0];
    choose("list.grouping", this.on ? this.by : null);
  }

  /** Whether there are groups. */
  get on() {
    return this.by !== GROUPINGS[0];
  }

  /** What an asset's group is called among the groups. */
  keyOf(slot) {
    return this.by === "kind" ? KINDS[this.fleet.kind[slot]] : (this.fleet.groups[slot] ?? "");
  }

  isOpen(key) {
    return !this.closed.has(`${this.by}/${key}`);
  }

  turn(key, open = !this.isOpen(key)) {
    if (open) this.closed.delete(`${this.by}/${key}`);
    else this.closed.add(`${this.by}/${key}`);
    choose("list.closed", this.closed.size ? JSON.stringify([...this.closed]) : null);
  }

  /**
   * What stands below each other: { entries, offsets }. An entry is a slot or the group that those below
   * it are in; `offsets` are their tops and the end, null where all are assets. `all`: closed ones too.
   */
  entries(slots, all) {
    if (!this.on) return { entries: slots, offsets: null };
    const groups = this.groupsOf(slots);
    this.groups = new Map(groups.map((group) => [group.key, group]));
    const entries = [];
    groups.forEach((group, i) => {
      const open = all || this.isOpen(group.key);
      Object.assign(group, { open, at: entries.length, place: i + 1, among: groups.length });
      entries.push(group);
      if (open) for (const slot of group.slots) entries.push(slot);
    });
    const offsets = new Float64Array(entries.length + 1);
    entries.forEach((entry, i) => (offsets[i + 1] = offsets[i] + (isGroup(entry) ? HEAD : ROW)));
    return { entries, offsets };
  }

  /** The group that an asset was last put into. */
  groupOf(slot) {
    return this.groups.get(this.keyOf(slot)) ?? null;
  }

  /** The groups that slots are in, the slots in the order given, those in none last. */
  groupsOf(slots) {
    const groups = new Map();
    for (const slot of slots) {
      const key = this.keyOf(slot);
      if (!groups.has(key)) groups.set(key, { key, slots: [], ...this.naming(slot) });
      groups.get(key).slots.push(slot);
    }
    return [...groups.values()].sort((a, b) => a.rank - b.rank || collator.compare(a.label, b.label));
  }

  naming(slot) {
    const kind = this.fleet.kind[slot];
    if (this.by === "kind") return { label: t(PLURALS[kind]), rank: kind === UNKNOWN ? LAST : kind };
    const group = this.fleet.groups[slot];
    return group ? { label: group, rank: 0 } : { label: t("list.nogroup"), rank: LAST };
  }
}
