"""Plans made behind the page: asked for by `forms`, made and proved in processes of their own.

`forms` are what may be asked, `assigning` names the fleet's drones in it; `making` makes the plan
and `result` what is `told` of it, both run by `worker` in a process; `workers` keeps those
processes, `jobs` is what the API asks of them. `ordering` and `timetable` say when plans are flown.
"""
