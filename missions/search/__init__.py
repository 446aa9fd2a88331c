"""Search: where to look, how to fly it, what it was worth, and where to look next.

Begin with `patterns`, the table of IAMSAR's patterns by name; each (`square`, `sector`, `sweep`,
`trackline`, `contour`) is a pure function that gives a `route.Route` on the local plane, and
`units` flies them with several drones. `detection` says what a pattern is worth.

The search loop: `maps` makes a probability map on a `grid` from what is known, `effort` divides the
effort best, `choose` puts rectangles and drones to it, `achieved` reckons from the flown track what
was really seen, and `loop` joins them: it proposes sorties, takes their tracks and keeps the map,
which `files` saves and resumes.
"""
