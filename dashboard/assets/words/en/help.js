// The help page.

export default {
  "help.where": "Where to find what",
  "help.live": "The map and the list of all that reports, with the figures of what you select.",
  "help.alerts": "What needs somebody now, the most urgent first; acknowledge or shelve it here.",
  "help.airspace": "What flies here and is not ours, and the sensors that see it.",
  "help.fleet": "Every drone, car, officer, post and camera: state, health, name and call sign.",
  "help.plan": "Draw an area, plan the sorties that cover it, and schedule them.",
  "help.history": "What was where at any time; play it, and take it out as a file or a report.",
  "help.help": "What is where, what the marks mean, all keys, and a tour.",
  "help.signs": "What the marks mean",
  "help.keys": "Keys",
  "help.keys.words": "Each page has keys of its own, which appear here when it has been opened once; on any page ? shows them.",
  "help.tables": "Tables",
  "help.tables.words": "The arrow keys reach the rows, with → the cells of a row, and above the first row the heads: Enter sorts by one, and again the other way round. Lists in groups open with → and close with ←.",
  "help.times": "Times",
  "help.times.words":
    "All times are those of the control room ({zone}). Choose the clock at the top, or press u, to read them in UTC.",
  "help.old": "Old values",
  "help.old.words":
    "Nothing is shown without its age. What is late is hollow and amber; what is lost is crossed out. If the connection to the server breaks, the page says so within three seconds, turns grey, and connects again by itself.",
};
