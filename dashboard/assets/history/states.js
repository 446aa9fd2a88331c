// Asks how assets fared at a moment: batteries, modes. Seldom enough while the time runs.

const PERIOD = 500; // ms between two questions
const KEPT = 240; // answers

export class States {
  /** `take(picture)` is given each answer; `fail(problem)` an ApiProblem. */
  constructor(api, take, fail) {
    Object.assign(this, { api, take, fail });
    this.kept = new Map();
    this.wanted = null;
    this.timer = null;
    this.last = -Infinity;
  }

  /** Say how `assets` (keys with commas, null for all) fared at `time`, soon. */
  want(time, assets) {
    const at = Math.floor(time / 1000) * 1000;
    const name = `${at} ${assets}`;
    const kept = this.kept.get(name);
    if (kept) {
      this.wanted = null;
      this.take(kept);
      return;
    }
    this.wanted = { at, assets, name };
    if (this.timer !== null) return;
    const wait = Math.max(0, this.last + PERIOD - performance.now());
    this.timer = setTimeout(() => this.ask(), wait);
  }

  forget() {
    this.wanted = null;
    this.kept.clear();
  }

  async ask() {
    const { wanted } = this;
    this.wanted = null;
    if (wanted) {
      this.last = performance.now();
      const at = new Date(wanted.at).toISOString();
      const named = wanted.assets === null ? "" : `&assets=${wanted.assets}`;
      try {
        const picture = await this.api.get(`/history/picture?at=${at}${named}`);
        if (this.kept.size >= KEPT) this.kept.delete(this.kept.keys().next().value);
        this.kept.set(wanted.name, picture);
        this.take(picture);
      } catch (error) {
        this.fail(error);
      }
    }
    this.timer = null;
    if (this.wanted) this.timer = setTimeout(() => this.ask(), PERIOD);
  }
}
