// In which order the list shows assets: by name, or those that are lost first.

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export class ListOrder {
  constructor(fleet) {
    this.fleet = fleet;
    this.lostFirst = false;
  }

  /** To the other order. */
  turn() {
    this.lostFirst = !this.lostFirst;
  }

  /** Put slots in order, in place. */
  sort(slots) {
    const { freshness } = this.fleet;
    const ranks = this.rankNames();
    const byName = (a, b) => ranks[a] - ranks[b];
    slots.sort(this.lostFirst ? (a, b) => freshness[b] - freshness[a] || byName(a, b) : byName);
  }

  /** Natural order of the names (P2 before P10), worked out once per change of the directory. */
  rankNames() {
    const { fleet } = this;
    if (this.ranked === fleet.directoryVersion) return this.ranks;
    this.ranked = fleet.directoryVersion;
    const slots = Array.from({ length: fleet.count }, (_, slot) => slot);
    slots.sort(
      (a, b) => fleet.kind[a] - fleet.kind[b] || collator.compare(fleet.names[a], fleet.names[b]),
    );
    this.ranks = new Int32Array(fleet.count);
    slots.forEach((slot, rank) => (this.ranks[slot] = rank));
    return this.ranks;
  }
}
