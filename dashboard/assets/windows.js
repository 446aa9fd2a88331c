// How far back the panel's chart looks: a switch that tells Dash.

import { tellDash } from "./dash.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const WINDOWS = [15, 60]; // minutes; dashboard/page.py says the same

/** Fill `root` with the switch. */
export function offerWindows(root) {
  const choose = (minutes) => {
    for (const [i, button] of buttons.entries())
      button.setAttribute("aria-pressed", String(WINDOWS[i] === minutes));
    tellDash("window", { data: minutes });
  };
  const buttons = WINDOWS.map((minutes) =>
    h("button", { type: "button", onclick: () => choose(minutes) }, t("panel.window", { minutes })),
  );
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", t("panel.history"));
  root.append(...buttons);
  choose(WINDOWS[0]);
}
