"""What flies without telling us: intruders and aircraft, and the sensors that see them.

`flight` is where an aircraft is, `sensors` which sensor sees it and how well, `airspace` all of
them together, step by step. What a sensor then says stands in `remote_id`, `adsb` and `sapient`;
`wires` carries it.
"""
