"""Programs of ours that end when we do, however that happens."""

from __future__ import annotations

import os
from collections.abc import Sequence


def tied_to_us(sign: str, words: Sequence[str], options: Sequence[str] = ()) -> list[str]:
    """The command `words` in a process that gets the signal `sign` (`TERM`) when we are gone.

    The kernel sends it at the end of the thread that started the process (prctl(2),
    PR_SET_PDEATHSIG): start it from one that lasts as long as it is needed. If we are killed before
    the process has asked for that, nobody tells it; so it asks afterwards whether its parent is
    still ours, and ends if not. `options` are further ones of setpriv(1).
    """
    ours = f'[ "$PPID" = {os.getpid()} ] || exit 1; exec "$@"'
    return ["setpriv", f"--pdeathsig={sign}", *options, "sh", "-c", ours, "sh", *words]
