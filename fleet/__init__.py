"""The domain: what the control room knows and how it decides. Pure, over columns.

No sockets, no database, no clock of its own: bytes were turned into columns before they come
here, and the time is passed in. Begin with `columns` (the shapes that travel through the whole
system), then `assets` (who is who) and `picture` (where everything is now).
"""
