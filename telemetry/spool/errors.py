"""What can go wrong with a spool; each message is one line that names the folder."""

from __future__ import annotations


class SpoolError(Exception):
    """The spool cannot be opened, read or written, or another collector has it."""


class SpoolFullError(SpoolError):
    """There is no room: the spool has reached its limit, or its disk has."""
