"""What OwnTracks' apps do with a message when encryption is switched on.

https://owntracks.org/booklet/features/encrypt/
"""

from __future__ import annotations

import base64

import orjson
from nacl.bindings import crypto_secretbox, randombytes


def encrypted(payload: bytes, secret: str) -> bytes:
    """A message of type encrypted, under the secret as it is typed into the app."""
    key = (secret.encode() + bytes(32))[:32]
    nonce = randombytes(24)
    box = crypto_secretbox(payload, nonce, key)
    data = base64.b64encode(nonce + box).decode()
    return orjson.dumps({"_type": "encrypted", "data": data})
