"""The fences at work as bytes, so that a restart loses nothing.

All is in it: fences, members, fixes, states and log; after `restore` the next fix changes what it
would have changed before. The bytes are ours: a checksum tells whether they are whole, and another
form of them is refused.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
import orjson

from fleet.assets import Kind
from fleet.forms import FormError
from fleet.geofences.events import FenceEvent
from fleet.geofences.fences import Counts, Fences
from fleet.geofences.geofence import Key
from fleet.geofences.looking import FIX, Ground, joined
from fleet.geofences.members import Member
from fleet.geofences.stored import from_json, to_json
from fleet.geofences.track import Entry, Flip, State, Track

_MAGIC = b"NIGEHBAN FENCES 1\n"
_DIGEST = 16


class Copied(NamedTuple):
    """All that `fences` know, which no longer changes with them."""

    head: dict[str, Any]
    tracks: list[tuple[int, Track]]


def save(fences: Fences) -> bytes:
    """All that `fences` know."""
    return pack(copied(fences))


def copied(fences: Fences) -> Copied:
    """A copy to be packed in a thread, meanwhile `fences` may change."""
    head = {
        "horizon": fences.horizon,
        "bridge": fences.bridge,
        "fixes_most": fences.fixes_most,
        "counts": fences.counts,
        "fences": fences.compiled.fences,
        "members": list(fences.members),
    }
    return Copied(head, [(asset, track.copied()) for asset, track in fences.tracks.items()])


def pack(copy: Copied) -> bytes:
    """The bytes of a copy; track by track, so that in a thread others have their turn."""
    head = copy.head | {
        "fences": [to_json(fence) for fence in copy.head["fences"]],
        "members": [
            [member.asset, int(member.kind), sorted(member.groups)]
            for member in copy.head["members"]
        ],
    }
    tracks = b",".join(_packed(_track(asset, track)) for asset, track in copy.tracks)
    document = _packed(head)[:-1] + b',"tracks":[' + tracks + b"]}"
    fixes = joined([np.zeros(0, FIX), *(track.fixes for _, track in copy.tracks)]).tobytes()
    body = b"".join([_MAGIC, len(document).to_bytes(8, "little"), document, fixes])
    return body + hashlib.blake2b(body, digest_size=_DIGEST).digest()


def _packed(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, default=list)  # named tuples


def _track(asset: int, track: Track) -> dict[str, Any]:
    return {
        "asset": asset,
        "length": len(track.fixes),
        "settled": track.settled,
        "base": _states(track.base),
        "states": _states(track.states),
        "log": [
            [entry.seen, entry.fence, _state(entry.state), entry.event and entry.event.to_json()]
            for entry in track.log
        ],
    }


def restore(data: bytes, ground: Ground | None = None) -> Fences:
    """The fences that were saved. Raises FormError for bytes that are not whole, or another form.

    Give the fences of now to `update` then: what changed meanwhile is judged anew.
    """
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if not body.startswith(_MAGIC):
        raise FormError("the saved state of the geofences is of another form; begin without it")
    if hashlib.blake2b(body, digest_size=_DIGEST).digest() != digest:
        raise FormError("the saved state of the geofences is damaged; begin without it")
    start = len(_MAGIC) + 8
    length = int.from_bytes(body[len(_MAGIC) : start], "little")
    told = orjson.loads(body[start : start + length])
    fixes = np.frombuffer(body[start + length :], FIX)
    made = Fences([from_json(fence) for fence in told["fences"]], ground=ground)
    made.horizon, made.bridge, made.fixes_most = (
        told[name] for name in ("horizon", "bridge", "fixes_most")
    )
    made.counts = Counts(*told["counts"])
    made.members.enrol(
        Member(asset, Kind(kind), frozenset(groups)) for asset, kind, groups in told["members"]
    )
    for each in told["tracks"]:
        track = Track()
        track.set_fixes(fixes[: each["length"]].copy())
        fixes = fixes[each["length"] :]
        track.settled = each["settled"]
        track.base, track.states = _read_states(each["base"]), _read_states(each["states"])
        track.log = [
            Entry(
                (seen[0], seen[1]),
                _key(fence),
                _read_state(state),
                None if event is None else FenceEvent.from_json(event),
            )
            for seen, fence, state, event in each["log"]
        ]
        made.tracks[each["asset"]] = track
    return made


def _states(states: dict[Key, State]) -> list[Any]:
    return [[key, _state(state)] for key, state in states.items()]


def _state(state: State) -> list[Any]:
    return [state.breach, state.since, state.dwelt, state.flip]


def _read_states(listed: list[Any]) -> dict[Key, State]:
    return {_key(key): _read_state(state) for key, state in listed}


def _read_state(listed: list[Any]) -> State:
    breach, since, dwelt, flip = listed
    return State(breach, since, dwelt, None if flip is None else Flip(*flip))


def _key(listed: list[Any]) -> Key:
    return listed[0], listed[1]
