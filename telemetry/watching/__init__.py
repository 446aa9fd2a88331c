"""Geofences, rules and alerts at work: what the collector takes in is watched here.

`guard` holds what `fleet` has of them together and does no I/O. `outbox` brings what it tells to
the keeper, in order and until it is kept. `kept` is its state in the database, from which a restart
goes on, and `watcher` runs all of it: one of all collectors of a database at a time.
"""
