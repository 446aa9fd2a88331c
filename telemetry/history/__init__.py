"""History out of the store and into it: tracks as files.

`export` streams positions into a file of one of the `formats`; `replay` takes recordings and
files of others into history. Both go row by row through bounded memory, however long the history.
"""
