// Tells Dash what its callbacks are asked about.

const said = new Map();

/** Set properties of one of Dash's components; saying the same again would ask its callbacks again. */
export function tellDash(id, properties) {
  const text = JSON.stringify(properties);
  if (said.get(id) === text) return;
  said.set(id, text);
  window.dash_clientside.set_props(id, properties);
}
