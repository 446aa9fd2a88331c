"""Borders and corridors: a line watched again and again from one side of it.

`line` keeps drones on our side, `patrol` divides the line among them by the revisit time,
`masking` says what the terrain hides from a camera or a radio, `planning` makes a plan of it.
"""
