"""Drones: MAVLink frames from links become batches, and each vehicle is asked for what is needed.

Begin with `network.Network`, one named network on one or several links (`links`); `building` makes
it of its `settings`. On each tick it drains the links, and what came goes through, all of it at
once, as columns and never as message objects:

- `codec`: bytes in, columns out (`framing`, `heads`, `crc`, `fields`);
- `quality`: how well each vehicle is heard on each link;
- `sieve`: which frames are taken: no `copies`, none that `signing` refuses, none of a second vehicle
  with the same system id (`duplicates`, `boots`);
- `recorder`: what was taken and sent is written to `tlog` files, in a thread of its own;
- `vehicles`: identity (`roles`), time (`dating`), positions, state, status texts: a batch for the
  sink;
- `conversation`: what is said to the vehicles and by which link (`routes`): heartbeats, `requests`
  for message rates, `timesync`.
"""
