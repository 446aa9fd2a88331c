// All Urdu words of the page; each page brings its own module.

import help from "./ur/help.js";
import live from "./ur/live.js";
import shell from "./ur/shell.js";
import watch from "./ur/watch.js";

export default { ...shell, ...live, ...help, ...watch };
