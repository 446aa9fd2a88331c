// The points of one asset, and what of them was known at a moment. Times are ms since 1970.

const COLUMNS = [
  "fix",
  "received",
  "longitude",
  "latitude",
  "altitude",
  "height",
  "heading",
  "speed",
  "suspect",
  "late",
];

export class Track {
  constructor() {
    for (const name of COLUMNS) this[name] = []; // by fix time
    this.news = []; // points that became the mark, in that order
    this.arrivals = []; // all times of receipt, in order
  }

  /** Take a piece as /history/tracks tells it, later than those before; it begins at `start`. */
  append(piece, start) {
    const { fix, received, news } = this;
    const before = fix.length;
    for (const name of COLUMNS) {
      const shift = name === "fix" || name === "received" ? start : 0;
      for (const value of piece[name]) this[name].push(value === null ? NaN : value + shift);
    }
    for (const point of piece.news) {
      const at = before + point;
      const last = news.at(-1);
      // What was known at the beginning of a piece has been told by the one before it.
      if (last !== undefined && (received[at] < received[last] || fix[at] <= fix[last])) continue;
      news.push(at);
    }
    this.settle(Math.max(1, before));
    this.arrivals = [...this.received].sort((a, b) => a - b);
  }

  /** Bring points from `first` on into order; what came late in a piece may be in two of them. */
  settle(first) {
    const { fix, received } = this;
    let inOrder = true;
    for (let i = first; i < fix.length && inOrder; i += 1) inOrder = fix[i] > fix[i - 1];
    if (inOrder) return;
    const order = fix.map((_, i) => i);
    order.sort((a, b) => fix[a] - fix[b] || received[a] - received[b] || a - b);
    const kept = [];
    const now = new Int32Array(order.length);
    for (const i of order) {
      const last = kept.at(-1);
      if (last === undefined || fix[i] !== fix[last] || received[i] !== received[last]) kept.push(i);
      now[i] = kept.length - 1;
    }
    for (const name of COLUMNS) {
      const column = this[name];
      this[name] = kept.map((i) => column[i]);
    }
    this.news = this.news.map((i) => now[i]);
  }

  /** The point that was its mark at `time`; -1 if nothing was known of it. */
  mark(time) {
    const at = after(this.news, time, (point) => this.received[point]);
    return at ? this.news[at - 1] : -1;
  }

  /** How many points had come by `time`. */
  known(time) {
    return after(this.arrivals, time, (received) => received);
  }

  /** The points of the `span` ms before the mark as they were known at `time`, the oldest first. */
  trail(time, span) {
    const mark = this.mark(time);
    if (mark < 0) return [];
    const points = [];
    for (let i = mark; i >= 0 && this.fix[i] > this.fix[mark] - span; i -= 1) {
      if (this.received[i] <= time && !this.suspect[i]) points.push(i);
    }
    return points.reverse();
  }

  /** The points of the `span` ms before `time` that came only after it. */
  unknown(time, span) {
    const points = [];
    const end = after(this.fix, time, (fix) => fix);
    for (let i = end - 1; i >= 0 && this.fix[i] > time - span; i -= 1) {
      if (this.received[i] > time && this.late[i]) points.push(i);
    }
    return points.reverse();
  }
}

/** How many of the ordered `list` are not after `time`, by bisection. */
function after(list, time, read) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (read(list[middle]) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
