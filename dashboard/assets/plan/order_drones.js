// Who flies an order: for each drone of the plan one of the fleet, with what it does now.

import { h } from "../dom.js";
import { known } from "../format.js";
import { t } from "../words.js";
import { apart } from "./amounts.js";

/**
 * The fields; `read()` gives keys of assets by names of drones in the plan, `others()` chooses the next
 * free drones where nobody chose any, and says whether it did. `fleet` is GET /drones'.
 */
export function droneFields(planned, fleet, old, changed) {
  const taken = new Set(planned.map(({ asset }) => asset));
  const free = fleet.filter(({ key, state }) => state === "ready" && !taken.has(key));
  let next = 0; // of the free ones
  const selects = planned.map(({ name, asset }, i) => {
    const groups = [...Map.groupBy(fleet, ({ state }) => state)].map(([state, drones]) =>
      h("optgroup", { label: t(`plan.drones.${state}`) }, ...drones.map((one) => h("option", { value: one.key }, words(one)))),
    );
    const select = h(
      "select",
      { id: `order-drone-${i}`, name: `drone-${i}`, onchange: () => chosen() },
      h("option", { value: "" }, t(asset ? "plan.order.planned" : "plan.order.nobody")),
      ...groups,
    );
    if (old) select.value = old.drones[name] ?? "";
    return { name, select };
  });
  let open = old ? [] : selects.filter((_, i) => !planned[i].asset); // where nobody chose
  const chosen = () => {
    open = [];
    changed();
  };
  const others = () => {
    const any = open.length > 0;
    const some = next < free.length;
    if (!some) next = 0;
    for (const { select } of open) {
      select.value = free[next]?.key ?? "";
      next += 1;
    }
    if (!some) open = []; // all are taken then: the first ones, and what speaks against them
    return any;
  };
  others();
  return {
    others,
    elements: selects.map(({ name, select }) => h("div", { class: "plan-field" }, h("label", { for: select.id }, t("plan.order.drone", { name })), select)),
    read: () => Object.fromEntries(selects.filter(({ select }) => select.value).map(({ name, select }) => [name, select.value])),
  };
}

function words({ name, battery_percent: battery, state }) {
  const parts = [apart(name), ...(known(battery) ? [apart(`${Math.round(battery)} %`)] : []), ...(state === "ready" ? [] : [t(`plan.drones.${state}`)])];
  return parts.join(" · ");
}
