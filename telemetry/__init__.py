"""Everything that comes in or is kept: links, codecs, collector, bus and store.

Begin with `collector`, which joins the parts: a link (`mavlink/`, `trackers/`) turns bytes into a
`batch.Batch` of columns; the batch changes the picture, goes to the `store/` and onto the `bus/`.
"""
