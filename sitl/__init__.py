"""A simulated fleet on real wire protocols: drones over MAVLink, cars over OwnTracks and OsmAnd.

Begin with `fleet` (`SimulatedFleet`: the whole of it, with its sockets) and `world` (the same
without a socket or a clock: a step of time in, frames and reports out). All drones together are a
`squadron`: their physics in columns (`flight`), one autopilot and one link end each (`autopilot`),
and where they patrol (`sectors`). What can go wrong stands in `faults`, the cars in `cars`, what
flies without being ours in `intruders`, and whole evenings in `scenarios`; `ardupilot` starts the
real thing.
"""
