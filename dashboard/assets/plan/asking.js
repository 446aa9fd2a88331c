// Questions of the planner. Who has not said yet who he is says it in the same form.

import { ask } from "../dialog.js";
import { t } from "../words.js";

/** Field of a form for the name of who is here; none where it is known. */
export function nameFields(person) {
  return person.known ? [] : [{ name: "who", label: t("operator.name"), hint: t("plan.who"), required: true, longest: 60 }];
}

/** As `ask`; the values have `who`, which is kept for the next time. Null if it is put away. */
export async function askBy(person, question) {
  const answer = await ask({ ...question, fields: [...question.fields, ...nameFields(person)] });
  if (answer === null) return null;
  if (answer.who) person.keep(answer.who);
  return { ...answer, who: person.known };
}
