// Who is at this screen. There is no log-in yet: the name is what the person says.

import { ask } from "./dialog.js";
import { choose, chosen } from "./preferences.js";
import { t } from "./words.js";

const LONGEST = 60; // characters

/** Dispatches `change` when the name has become another. */
export class Operator extends EventTarget {
  /** The name that was given, or null. */
  get known() {
    return chosen("operator");
  }

  /** The name; asked for if nobody has given one yet. Null if it is not given. */
  async name() {
    return this.known ?? (await this.change());
  }

  /** Keep a name that was said in another form. */
  keep(name) {
    choose("operator", name);
    this.dispatchEvent(new Event("change"));
  }

  /** Ask for the name. The new one, or null if the question was put away. */
  async change() {
    const answer = await ask({
      title: t("operator.title"),
      words: t("operator.words"),
      fields: [
        {
          name: "name",
          label: t("operator.name"),
          required: true,
          value: this.known ?? "",
          longest: LONGEST,
        },
      ],
      action: t("operator.keep"),
    });
    if (answer === null) return null;
    this.keep(answer.name);
    return answer.name;
  }
}
