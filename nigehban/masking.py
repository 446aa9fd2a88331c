"""What is shown of addresses that may hold a password."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(?<=://)([^:@/\s]*:)\S*(?=@)")


def without_password(text: str) -> str:
    """The text with the password of each address in it masked: `mqtt://user:****@host`."""
    return _PASSWORD.sub(r"\1****", text)
