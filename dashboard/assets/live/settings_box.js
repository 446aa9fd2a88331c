// In the layers' menu: how long trails are, how far range rings, whether marks glide; and how the
// sensors of the airspace are, in one line.

import { h, mark, write } from "../dom.js";
import { age } from "../format.js";
import { t } from "../words.js";
import { TRAILS } from "./options.js";

const GOOD = new Set(["ok", "quiet"]); // where nothing flies many have nothing to say
const WORDS_MOST = 3; // sensors that are named

export class SettingsBox {
  constructor(menu, options, contacts) {
    this.contacts = contacts;
    const trail = h(
      "select",
      { onchange: () => options.setTrail(Number(trail.value)) },
      ...TRAILS.map((seconds) => h("option", { value: seconds }, t("age.minutes", { n: seconds / 60 }))),
    );
    trail.value = String(options.trail);
    const rings = h("input", { type: "text", dir: "ltr", value: options.rings.join(", "), "aria-describedby": "rings-problem" });
    const problem = h("span", { id: "rings-problem", class: "field-problem", role: "alert" });
    rings.addEventListener("change", () => {
      const good = options.setRings(rings.value);
      write(problem, good ? "" : t("rings.bad"));
      rings.setAttribute("aria-invalid", String(!good));
      if (good) rings.value = options.rings.join(", ");
    });
    const smooth = h("input", { type: "checkbox", onchange: () => options.setSmooth(smooth.checked) });
    smooth.checked = options.smooth;
    menu.append(
      h(
        "fieldset",
        { class: "settings" },
        h("legend", {}, t("settings.map")),
        h("label", {}, h("span", {}, t("settings.trail")), trail),
        h("label", {}, h("span", {}, t("settings.rings")), rings),
        problem,
        h("label", {}, smooth, h("span", {}, t("settings.smooth"))),
      ),
      (this.sensors = h("p", { class: "sensors", role: "status" })),
    );
  }

  /** Say how the sensors are. */
  refresh(now) {
    const { sensors } = this.contacts;
    const bad = sensors.filter(({ state }) => !GOOD.has(state));
    const words = !sensors.length
      ? t("sensors.none")
      : bad.length
        ? t("sensors.bad", { good: sensors.length - bad.length, all: sensors.length, names: bad.slice(0, WORDS_MOST).map(({ name }) => name).join(t("value.comma")) })
        : t("sensors.good", { all: sensors.length });
    const seconds = this.contacts.age(now);
    write(this.sensors, seconds === Infinity ? words : `${words} · ${t("contact.ago", { age: age(seconds) })}`);
    mark(this.sensors, "bad", String(bad.length > 0));
  }
}
