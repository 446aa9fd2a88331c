"""The spool: what came in waits here, on disk, while the database is away or slow.

A `segments.Spool` is a folder of append-only files with records of bytes; `records` is their form,
`packing` makes bytes of a batch and back, and `backlog` joins two spools to what the collector's
`telemetry.keeper` uses. All of it is synchronous and meant for one thread, which is not that of the
event loop. Begin with `segments`.
"""
