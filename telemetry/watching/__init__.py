"""Geofences, rules and alerts at work: what the collector takes in is watched here.

`guard` holds what `fleet` has of them together and does no I/O. `guarding` gives it what comes in,
and lets go of one that fails; `telling` takes what it tells to the bus and, by `outbox`, to the
keeper, in order and until it is kept. `kept` is its state in the database, from which a restart goes
on, and `watcher` runs all of it: one of all collectors of a database at a time.
"""
