"""The wires that MAVLink comes over: UDP, TCP, serial; each of them drained on a tick.

A link never blocks and never waits: `Link.receive` takes what has come, connects again what was
lost, and returns. So one loop serves them all, in order, and nothing is done per message by the
event loop (which costs more than decoding it). Begin with `base.Link`, then `opening.new_link`.
"""
