// The page "alerts": not built yet, and says so.

import { h } from "../dom.js";

export default class {
  constructor(root, { t }) {
    root.append(h("p", { class: "page-state" }, t("page.empty")));
  }

  show() {}
}
