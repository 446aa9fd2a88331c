// The geofences to draw: GeoJSON with outlines, and whether each is in force now.

const PATH = "/map/fences.json";
const RETRY = 2000; // ms

/** Dispatches `change`. */
export class Fences extends EventTarget {
  constructor(feed) {
    super();
    this.collection = { type: "FeatureCollection", features: [] };
    this.wanted = null; // version that the server told of
    this.fetching = false;
    feed.on("fences", ({ version }) => {
      this.wanted = version;
      this.fetch();
    });
  }

  /** The properties of all geofences. */
  all() {
    return this.collection.features.map(({ properties }) => properties);
  }

  /** Fetch until what we have is what was told of last. */
  async fetch() {
    if (this.fetching) return;
    this.fetching = true;
    let had = null;
    while (had !== this.wanted) {
      const version = this.wanted;
      try {
        const answer = await fetch(PATH); // the browser asks with the ETag that it has
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        this.collection = await answer.json();
        had = version;
        this.dispatchEvent(new Event("change"));
      } catch (error) {
        console.info("geofences:", error.message);
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
    this.fetching = false;
  }
}
