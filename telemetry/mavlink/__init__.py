"""Drones: MAVLink frames from a socket become batches, and each vehicle is asked for what is needed.

Begin with `network.Network`, one named network on one link. On each tick it drains `link`, hands
the datagrams to `codec` (bytes in, columns out; never a message object), the columns to `vehicles`
(identity, clock, mode, status texts), and the batch to the sink; `requests` asks for message rates,
`encoder` makes the frames that are sent, and `tlog` records all of them. `signing` decides which
frames are taken where a network has keys.
"""
