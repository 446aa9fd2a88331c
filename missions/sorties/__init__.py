"""Who flies what, when and how high: a route divided into sorties, and posts covered by relays.

`planning.plan_route` makes a `plan.Plan` of a route and some drones: `prepare` lays out the `lanes`
and each drone's `access` to them, `divide` cuts them (`paths` is the arithmetic), `waypoints` makes
sorties of the pieces, `schedule` gives each drone its height and its start so that `strata` and
`separation` hold. `relay` covers stations for a time: a `post` for each, a `watch` for each turn.
`flight` reckons any sortie waypoint by waypoint; `gantt` draws the timetable.
"""
