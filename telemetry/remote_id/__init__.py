"""Remote ID after ASTM F3411-22a: what a drone broadcasts about itself and its operator.

`messages` are the 25-byte messages, `pack` several of them in one broadcast.
"""
