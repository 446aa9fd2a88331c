"""Bytes that atheris makes up, given to all that reads bytes from outside.

`make fuzz` runs every target for a while, `python -m tests.fuzz NAME --seconds N` one. A target is
a function that takes some bytes and raises if they are read wrongly; what is refused in an orderly
way is fine. Where the target's module has SEEDS, it begins with these. `__main__` has the list.
"""
