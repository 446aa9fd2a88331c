"""Who flies what, when and how high: a route divided into sorties, and posts covered by relays.

`planning.plan_route` makes a `plan.Plan` of a route and some drones: `lanes` measures the route
for each kind of drone and home, `divide` cuts it, `schedule` gives each drone its height and its
start so that `separation` holds. `relay` covers stations for a time. `flight` reckons a sortie
waypoint by waypoint; `gantt` draws the timetable.
"""
