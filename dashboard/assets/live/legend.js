// What the signs on the map mean.

import { h } from "../dom.js";
import { CAMERA, CAR, DRONE, FRESH, LATE, LOST, OFFICER, POST } from "../fleet.js";
import { glyph, setGlyph } from "../glyphs.js";
import { t } from "../words.js";
import { CLASSES, contactGlyph } from "../watch/contact_shapes.js";
import { fenceSwatch } from "../watch/fence_layers.js";
import { FENCE_KINDS } from "../watch/layers.js";

/** All signs in groups. */
export function legend() {
  const row = (sign, words) => h("li", {}, sign, h("span", {}, words));
  const own = (kind, level, grounded, name) => row(setGlyph(glyph(), kind, level, grounded), t(`legend.${name}`));
  const line = (name) => row(h("span", { class: `swatch legend-${name}` }, h("span", {})), t(`legend.${name}`));
  const group = (title, ...rows) => [h("h4", {}, t(title)), h("ul", {}, ...rows)];
  return h(
    "div",
    { class: "legend-groups", tabindex: "0", role: "group", "aria-label": t("legend.title") },
    ...group(
      "legend.own",
      own(DRONE, FRESH, false, "air"),
      own(DRONE, FRESH, true, "ground"),
      own(CAR, FRESH, false, "car"),
      own(OFFICER, FRESH, false, "officer"),
      own(POST, FRESH, false, "post"),
      own(CAMERA, FRESH, false, "camera"),
      line("cluster"),
      line("vector"),
      line("route"),
      line("mission"),
      line("footprint"),
    ),
    ...group("list.freshness", own(DRONE, FRESH, false, "fresh"), own(DRONE, LATE, false, "late"), own(DRONE, LOST, false, "lost")),
    ...group(
      "layers.sky",
      ...CLASSES.map((name) => row(contactGlyph(name), t(`contact.class.${name}`))),
      row(contactGlyph("not_cooperative", "high"), t("contact.threat.high")),
    ),
    ...group("layers.fences", ...FENCE_KINDS.map((kind) => row(fenceSwatch(kind), t(`layers.${kind}`)))),
  );
}
