"""A simulated fleet on real wire protocols: drones over MAVLink, cars over OwnTracks and OsmAnd.

Begin with `fleet` (`SimulatedFleet`: the whole of it, with its sockets) and `world` (the same
without a socket or a clock: a step of time in, frames and reports out). Below stand the physics
(`kinematics`, `battery`, `noise`, `driving`), the behaviour (`pilot`, `sectors`, `beats`), and
what each vehicle says and understands (`drone`, `messages`, `streams`, `commands`, `car`).
"""
