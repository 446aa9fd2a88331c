// All English words of the page; each page brings its own module.

import airspace from "./en/airspace.js";
import alerts from "./en/alerts.js";
import cameras from "./en/cameras.js";
import fleet from "./en/fleet.js";
import help from "./en/help.js";
import history from "./en/history.js";
import live from "./en/live.js";
import plan from "./en/plan.js";
import said from "./en/said.js";
import shell from "./en/shell.js";
import tools from "./en/tools.js";
import tour from "./en/tour.js";
import watch from "./en/watch.js";

export default {
  ...shell,
  ...airspace,
  ...alerts,
  ...cameras,
  ...fleet,
  ...help,
  ...history,
  ...live,
  ...plan,
  ...said,
  ...tools,
  ...tour,
  ...watch,
};
