// The kinds of missions: what is drawn for each, which fields stand in front, what they begin with.

const MINUTE = 60000;

/** Fields that are drawn or stand elsewhere, never in the form. */
const ELSEWHERE = ["kind", "name", "drones", "battery", "area", "line", "datum", "track", "zones"];

/** `first`: fields that stand in front, the others are under "More". `values`: to begin with. */
const KINDS = {
  search: {
    first: ["pattern", "detection", "height"],
    values: () => ({ pattern: "parallel-sweep", detection: 0.6, radius: 300 }),
  },
  coverage: { draw: "area", first: ["height", "sidelap"], values: () => ({}) },
  corridor: { draw: "line", first: ["width", "height"], values: () => ({ width: 100 }) },
  orbit: { draw: "area", first: ["distance", "rings", "height"], values: () => ({}) },
  crowd: { draw: "area", count: 4, first: ["begin", "last", "height"], values: () => ({}) },
  border: {
    draw: "line",
    count: 3,
    first: ["side", "last", "revisit", "height", "start", "authority"],
    values: () => {
      const start = Math.ceil((Date.now() + 15 * MINUTE) / (5 * MINUTE)) * 5 * MINUTE;
      const iso = (ms) => new Date(ms).toISOString();
      return {
        side: "right",
        start: iso(start),
        authority: { valid_from: iso(start - 15 * MINUTE), valid_to: iso(start + 180 * MINUTE) },
      };
    },
  },
};

export const KIND_NAMES = Object.keys(KINDS);

/** What each search pattern is drawn as. */
const SEARCHED = { "expanding-square": "datum", sector: "datum", "track-line": "track" };

/** Fields that only some search patterns have. */
const ONLY = {
  legs: ["expanding-square"],
  radius: ["sector"],
  interval: ["contour"],
  one_way: ["track-line"],
};

/** Which shape is drawn: its name in the form. */
export function drawnName(kind, values) {
  return KINDS[kind].draw ?? SEARCHED[values.pattern] ?? "area";
}

/** The tools that draw it, the usual one first. */
export function toolsOf(name) {
  return { area: ["polygon", "rectangle", "circle"], datum: ["point"], home: ["point"] }[name] ?? ["line"];
}

/** How many drones it usually takes: what is watched for long is taken over by others. */
export const countOf = (kind) => KINDS[kind].count ?? 1;

/** What a new form of a kind begins with. */
export const valuesOf = (kind) => KINDS[kind].values();

/** The names of fields to be shown, those in front and the others; `schema` is the kind's form. */
export function fieldsOf(kind, values, schema) {
  const { first } = KINDS[kind];
  const meant = (name) => !(name in ONLY) || kind !== "search" || ONLY[name].includes(values.pattern);
  const front = values.pattern === "sector" ? [...first, "radius"] : first;
  const others = Object.keys(schema.properties).filter(
    (name) => !ELSEWHERE.includes(name) && !front.includes(name) && meant(name),
  );
  return { first: front, others };
}
