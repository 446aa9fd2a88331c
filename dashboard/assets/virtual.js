// Lists of any length of which only the rows that can be seen are in the document.

const SPARE = 3; // rows beyond either edge

export class VirtualRows {
  /**
   * `view` is what scrolls, `space` in it holds the rows, `height` CSS pixels each; `covered` are hidden
   * at the top of the view. `make()` gives a row, { element, … }; `fill(row, at, i)` writes what stands
   * at `at` into the i-th of them, and gives the id of what the keys have reached if it is in there.
   */
  constructor(view, space, { height, covered = 0, make, fill }) {
    Object.assign(this, { view, space, height, covered, make, fill, count: 0, offsets: null, made: [] });
  }

  /** How many rows there are; `offsets`: their tops and the end of the last, where heights differ. */
  resize(count, offsets = null) {
    Object.assign(this, { count, offsets });
    this.space.style.height = `${this.top(count)}px`;
  }

  top(at) {
    return this.offsets ? this.offsets[at] : at * this.height;
  }

  /** The row that lies at this height. */
  rowAt(y) {
    if (!this.offsets) return Math.floor(y / this.height);
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.offsets[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Write what can be seen now. `reached` is the id of what the keys have reached if it is no row. */
  paint(reached = null) {
    const { scrollTop, clientHeight } = this.view;
    this.first = Math.max(0, this.rowAt(scrollTop) - SPARE);
    const last = Math.min(this.count, this.rowAt(scrollTop + clientHeight) + 1 + SPARE);
    while (this.made.length < last - this.first) {
      const row = this.make();
      this.made.push(row);
      this.space.append(row.element);
    }
    this.made.forEach((row, i) => {
      const at = this.first + i;
      row.element.hidden = at >= last;
      if (at >= last) return;
      row.element.style.transform = `translateY(${this.top(at)}px)`;
      reached = this.fill(row, at, i) ?? reached;
    });
    if (reached === null) this.view.removeAttribute("aria-activedescendant");
    else this.view.setAttribute("aria-activedescendant", reached);
  }

  /** What `make` gave for the row that stands at `at`; undefined if it is not in the document. */
  row(at) {
    const row = this.made[at - this.first];
    return row?.element.hidden ? undefined : row;
  }

  /** Bring a row into view. */
  reach(at) {
    const { view, covered } = this;
    const [top, end] = [this.top(at), this.top(at + 1) + covered];
    if (top < view.scrollTop) view.scrollTop = top;
    else if (end > view.scrollTop + view.clientHeight) view.scrollTop = end - view.clientHeight;
  }

  /** By how many rows a key moves; undefined for any other. */
  steps(key) {
    const page = Math.max(1, Math.floor((this.view.clientHeight - this.covered) / this.height) - 1);
    return { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[key];
  }
}
