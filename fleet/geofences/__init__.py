"""Geofences: where, when and for whom something is watched, and what happened at their edges.

Begin with `geofence` (what a fence is, and its versions) and `fences` (positions in, events out).
Under `fences` lie, from the ground up: `shapes` (each as a polygon), `activity` (when in force),
`compiled` (all fences as columns), `looking` (points against fences), `crossing` (ways cut at
edges), `judging` (what is certain), `track` (an asset's fixes and what was made of them),
`reckoning` and `telling` (from new fixes to events). Beside it: `ahead` (breaches to come),
`privacy` (where cameras may record), `saved` (a restart loses nothing), `stored` (the JSON of a
fence) and `files` (those of other programs).
"""
