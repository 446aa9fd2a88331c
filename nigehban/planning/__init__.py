"""`nigehban plan`: missions from the command line.

`commands` has one command a kind of mission, `files` those that take a plan, `searching` the
search loop; `options` reads what people type, `progress` tells how far it is and takes Ctrl-C for
"the best so far".
"""
