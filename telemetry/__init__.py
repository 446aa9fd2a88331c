"""Everything that comes in or is kept: links, codecs, trackers, collector, spool, store and bus.

Begin with `collector`, which joins the parts: MAVLink (`mavlink/`) and the trackers of cars and phones
(`trackers/`) turn bytes into a `batch.Batch` of columns; the batch changes the picture, which goes onto
the `bus/`, and is kept by `keeper`, in the database (`store/`) or on disk while that is away (`spool/`).
`history/` takes files in and writes them, `observing/` tells machines how all of it does.
"""
