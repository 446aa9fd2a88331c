"""Crowds: seen from beside, never overflown.

`people` says where people may be in a while and how far off a drone stays; `sight` what a camera
sees of them from a place; `stations` finds the fewest places that see all of them, `ring` the way
round them. `planning` makes a plan of it all. Begin with `people.Extent`.
"""
