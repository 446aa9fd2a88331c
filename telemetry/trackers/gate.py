"""Who may report: known devices by their secret, unknown ones as the settings say."""

from __future__ import annotations

from hmac import compare_digest

from fleet.assets import Asset
from telemetry.sink import RefusedError
from telemetry.trackers.settings import GateSettings

KEY_BYTES = 32
"""Bytes of a key: OwnTracks pads a shorter secret with zeros and cuts a longer one."""


class DeniedError(RefusedError):
    """Whoever sent it may not report, or did not prove who it is: nothing of it is kept."""


class QuarantineError(RefusedError):
    """An unknown device's report is to be set aside, and then acknowledged."""


class Gate:
    """Tells for each report whether it is taken."""

    def __init__(self, settings: GateSettings | None = None) -> None:
        """Without settings, anybody may report."""
        settings = settings or GateSettings()
        self._unknown = settings.unknown
        self._devices = settings.devices
        self._keys = {
            identity: device.key.get_secret_value().encode()[:KEY_BYTES].ljust(KEY_BYTES, b"\0")
            for identity, device in settings.devices.items()
            if device.key is not None
        }

    def key(self, asset: Asset) -> bytes | None:
        """The 32 bytes that the device encrypts with, if it has a key."""
        return self._keys.get(asset.identity)

    def check(self, asset: Asset, token: str | None = None, *, proven: bool = False) -> None:
        """Let a report of `asset` pass; `proven` if it could be decrypted with the asset's key.

        A listed device shows its token or encrypts, whichever it has; with neither its identity is
        enough. Raises DeniedError (`wrong_secret`, `not_encrypted`, `unknown_device`),
        QuarantineError.
        """
        device = self._devices.get(asset.identity)
        if device is None:
            if self._unknown == "accept":
                return
            why = f"{asset.identity} is not listed in trackers.devices"
            if self._unknown == "quarantine":
                raise QuarantineError("quarantine", why)
            raise DeniedError("unknown_device", why)
        if proven or (device.token is None and device.key is None):
            return
        who = f"{asset.identity} ({device.name})" if device.name else asset.identity
        if device.token is None:
            raise DeniedError("not_encrypted", f"{who} has a key, and this was not encrypted")
        if token is None:
            raise DeniedError("wrong_secret", f"{who} has a token, and none was shown")
        if not compare_digest(token.encode(), device.token.get_secret_value().encode()):
            raise DeniedError("wrong_secret", f"the token shown for {who} is another one")
