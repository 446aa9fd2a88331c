// How each layer of the map looks, small: for the layers' menu.

import { h } from "../dom.js";
import { CAMERA, FRESH } from "../fleet.js";
import { glyph, setGlyph } from "../glyphs.js";
import { contactGlyph } from "./contact_shapes.js";
import { fenceSwatch } from "./fence_layers.js";
import { FENCE_KINDS } from "./layers.js";

const CONTACTS = { contacts: "not_cooperative", friends: "friend" }; // drawn by this class of contact
const LINES = { vectors: "vector", routes: "route", missions: "mission", footprints: "footprint" };

export function swatch(name) {
  if (FENCE_KINDS.includes(name)) return fenceSwatch(name);
  if (name === "cameras") return h("span", { class: "swatch" }, setGlyph(glyph(), CAMERA, FRESH));
  const sign = CONTACTS[name] ? contactGlyph(CONTACTS[name]) : h("span", {});
  return h("span", { class: `swatch swatch-${name}${LINES[name] ? ` legend-${LINES[name]}` : ""}` }, sign);
}
