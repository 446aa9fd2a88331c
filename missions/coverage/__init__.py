"""Seeing all of an area, of a corridor or of a structure.

Begin with `cover`: drafts of ways (`drafts`: parallel `lanes` in `cells`, joined in an `order` by
the shortest `ways` inside the area; `contours`), completed by visits to `gaps`, made shorter by
`polish`, all judged by what a `swath` sees. `fixed_wing` is for what cannot turn on the spot;
`corridor`, `orbit` and `terrain_following` stand beside it.
"""
