"""The mission planner: areas in, proved plans out.

The way of a plan: an `area.Area` is read (`files/`); a pattern (`coverage/`, `search/`, `crowd/`,
`border/`) makes a `route.Route` of it, metres on a local plane; `sorties/` divides the route among
drones by their energy and gives a `plan.Plan`, degrees and heights, which is what is saved, shown,
converted and flown. `check/` proves the plan and imports none of those that made it.

Begin with `plan`, which says what a plan is, and `coverage`.
"""
