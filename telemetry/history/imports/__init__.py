"""Files that can be taken into history: what each gives is pieces, in the order of the file.

A reader is a generator of `piece.Piece`: rows that are good, and why others are not. It reads from
the front each time, so that the same file gives the same pieces, and a broken import can go on
where it was.
"""
