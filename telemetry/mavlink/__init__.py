"""Drones: MAVLink frames from a socket become batches, and each vehicle is asked for what is needed.

Begin with `network.Network`, one named network on one link. On each tick it drains `link`, hands
the datagrams to `codec` (bytes in, columns out; the only module that sees pymavlink's messages),
the columns to `vehicles` (identity, clock, mode, status texts), and the batch to the sink;
`requests` asks for message rates and `tlog` records the frames.
"""
