// Who flies an order: for each drone of the plan one of the fleet, with what it does now.

import { h } from "../dom.js";
import { known } from "../format.js";
import { t } from "../words.js";

/** The fields, and `read()`: keys of assets by names of drones in the plan. `fleet` is GET /drones'. */
export function droneFields(planned, fleet, old, changed) {
  const taken = new Set(planned.map(({ asset }) => asset));
  const free = fleet.filter(({ key, state }) => state === "ready" && !taken.has(key));
  const selects = planned.map(({ name, asset }, i) => {
    const groups = [...Map.groupBy(fleet, ({ state }) => state)].map(([state, drones]) =>
      h("optgroup", { label: t(`plan.drones.${state}`) }, ...drones.map((one) => h("option", { value: one.key }, words(one)))),
    );
    const select = h(
      "select",
      { id: `order-drone-${i}`, name: `drone-${i}`, onchange: changed },
      h("option", { value: "" }, t(asset ? "plan.order.planned" : "plan.order.nobody")),
      ...groups,
    );
    select.value = old ? (old.drones[name] ?? "") : asset ? "" : (free.shift()?.key ?? "");
    return { name, select };
  });
  return {
    elements: selects.map(({ name, select }) => h("div", { class: "plan-field" }, h("label", { for: select.id }, t("plan.order.drone", { name })), select)),
    read: () => Object.fromEntries(selects.filter(({ select }) => select.value).map(({ name, select }) => [name, select.value])),
  };
}

function words({ name, battery_percent: battery, state }) {
  const parts = [name, ...(known(battery) ? [`${Math.round(battery)} %`] : []), ...(state === "ready" ? [] : [t(`plan.drones.${state}`)])];
  return parts.join(" · ");
}
