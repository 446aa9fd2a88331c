// All Urdu words of the page; each page brings its own module.

import airspace from "./ur/airspace.js";
import alerts from "./ur/alerts.js";
import cameras from "./ur/cameras.js";
import fleet from "./ur/fleet.js";
import help from "./ur/help.js";
import history from "./ur/history.js";
import live from "./ur/live.js";
import plan from "./ur/plan.js";
import said from "./ur/said.js";
import shell from "./ur/shell.js";
import tools from "./ur/tools.js";
import tour from "./ur/tour.js";
import watch from "./ur/watch.js";

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
