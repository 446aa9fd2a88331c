"""History out of the store and into it, as files.

`export` streams positions into a file of one of the `formats`; `replay` takes the files that
`imports` reads into history. Both hold a bounded part of it in memory, however long the history.
"""
