"""Files in and out: areas and lines that others drew, plans and missions in the field's formats.

Into plans: `areas` reads areas, lines and points from GeoJSON, KML, KMZ, WKT, GPX and QGroundControl
plans; what a file holds before it is looked at is a `shapes.Shapes`.

Out of plans: `plan_json` saves a whole plan and loads it again; `export` writes it for others. A
sortie for an autopilot is a `mission.Mission` of `MissionItem`s (`sortie_items` makes one of a
sortie and back), which `qgc_plan` and `wpl` write and read; `fence` has its fence and rally points.
What a format cannot carry is said in a list of lines, never left out in silence.
"""
