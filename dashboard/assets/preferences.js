// What the person at this screen has chosen; kept by the browser, never sent anywhere by itself.

const PREFIX = "nigehban.";

/** The choice called `name` as text, or `otherwise`. */
export function chosen(name, otherwise = null) {
  return localStorage.getItem(PREFIX + name) ?? otherwise;
}

/** Keep a choice; null forgets it. */
export function choose(name, value) {
  if (value === null) localStorage.removeItem(PREFIX + name);
  else localStorage.setItem(PREFIX + name, value);
}
