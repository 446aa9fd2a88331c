"""When a track is confirmed, what it is taken for, when it coasts and when it has ended."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fleet.airspace.columns import ChangeKind, ContactClass, Means, State
from fleet.airspace.measures import seconds
from fleet.airspace.states import States
from fleet.airspace.tuning import Tuning

NAMED_HITS = 2
"""Measurements that confirm a track that says who it is: clutter has no serial number."""

Tell = Callable[[int, ChangeKind], None]


def classify(states: States, time: np.datetime64, settings: Tuning) -> list[tuple[int, ChangeKind]]:
    """Confirm tracks and set their classes; what changed, by slot."""
    rows, hidden = states.rows, states.hidden
    slots = np.arange(len(rows))
    named = (rows["identity"] != b"") & ~hidden["suspect"]
    looks = np.bitwise_count(states.seen(slots, time))
    ours = (rows["means"] & 1 << Means.OWN) != 0
    enough = np.where(named, rows["hits"] >= NAMED_HITS, looks >= settings.hits)
    confirmed = (rows["state"] == State.TENTATIVE) & (enough | ours)
    rows["state"][confirmed] = State.CONFIRMED
    before = rows["class"].copy()
    silent = seconds(rows["heard_time"], rows["first_time"]) >= settings.grace
    rows["class"] = np.select(
        [
            ours,
            (rows["means"] & 1 << Means.AIRCRAFT) != 0,
            (rows["means"] & 1 << Means.COOPERATIVE) != 0,
            silent,
        ],
        [
            ContactClass.FRIEND,
            ContactClass.AIRCRAFT,
            ContactClass.COOPERATIVE,
            ContactClass.NOT_COOPERATIVE,
        ],
        ContactClass.UNKNOWN,
    )
    shown = rows["state"] != State.TENTATIVE
    known = ~np.isin(rows["class"], [ContactClass.UNKNOWN, ContactClass.NOT_COOPERATIVE])
    identified = shown & known & ((before != rows["class"]) | confirmed)
    told = [(slot, ChangeKind.CONFIRMED) for slot in np.flatnonzero(confirmed).tolist()]
    return told + [(slot, ChangeKind.IDENTIFIED) for slot in np.flatnonzero(identified).tolist()]


def age(
    states: States,
    time: np.datetime64,
    settings: Tuning,
    tell: Tell,
    spared: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Let tracks coast and end; which have ended, those that were merged included.

    Those that are `spared` do not end because they were not heard.
    """
    rows = states.rows
    silent = seconds(np.full(len(rows), time), rows["heard_time"])
    # what arrives late was measured earlier: neither time alone says how fresh a track is
    silent = np.minimum(silent, seconds(np.full(len(rows), time), rows["time"]))
    tentative = rows["state"] == State.TENTATIVE
    merged = rows["state"] == State.ENDED
    named = rows["identity"] != b""
    earned = np.maximum(rows["hits"] * settings.scan, settings.coast_after)
    last = np.where(named, settings.end_named_after, np.minimum(settings.end_after, earned))
    hopeless = (settings.looks - settings.hits + 1) * settings.scan
    last = np.where(tentative & ~named, hopeless, last)
    grown = states.at(np.arange(len(rows)), time)["radius"]
    gone: NDArray[np.bool_] = merged | ((silent > last) & ~spared) | (grown > settings.radius_most)
    coasts = (rows["state"] == State.CONFIRMED) & (silent > settings.coast_after)
    rows["state"][coasts] = State.COASTING
    for slot in np.flatnonzero(coasts & ~gone).tolist():
        tell(slot, ChangeKind.COASTING)
    for slot in np.flatnonzero(gone & ~merged & ~tentative).tolist():
        rows["state"][slot] = State.ENDED
        tell(slot, ChangeKind.ENDED)
    return gone


def inherit(states: States, kept: int, lost: int) -> None:
    """What two merged tracks know together; the more certain of the two says where it is."""
    rows, hidden = states.rows, states.hidden
    sharper = hidden["position"][lost] < hidden["position"][kept]
    fresher = rows["time"][lost] >= rows["time"][kept]
    old, new = rows[kept].copy(), rows[lost].copy()
    if sharper and fresher:
        contact, first, hits = old["contact"], old["first_time"], old["hits"]
        hidden[kept] = hidden[lost]
        rows[kept] = new
        rows[kept]["contact"], rows[kept]["first_time"], rows[kept]["hits"] = contact, first, hits
    row = rows[kept]
    row["hits"] = old["hits"] + new["hits"]
    row["means"] = old["means"] | new["means"]
    row["doubts"] = old["doubts"] | new["doubts"]
    for name in ("identity", "call_sign", "operator_id"):
        row[name] = old[name] or new[name]
    for name in ("heard_time", "seen_time", "operator_time"):
        row[name] = np.fmax(old[name], new[name])
    for name in ("operator_latitude", "operator_longitude", "height"):
        row[name] = new[name] if np.isnan(old[name]) else old[name]
    row["stays_since"] = np.fmin(old["stays_since"], new["stays_since"])
    if np.isnat(hidden["claim_time"][kept]) and not np.isnat(hidden["claim_time"][lost]):
        for name in ("claim_time", "claim_latitude", "claim_longitude", "claim_error"):
            hidden[name][kept] = hidden[name][lost]
