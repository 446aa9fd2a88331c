"""What an operator is to be told of the airspace: conditions as pure functions over columns.

Each gives the conditions that hold now. Raising each once, acknowledging and shelving it is the
business of alerts: `Condition.key` is the same as long as it is the same matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fleet.airspace import association, motion
from fleet.airspace.columns import CHANGE, ChangeKind, ConditionKind, ContactClass, Doubt, Means
from fleet.airspace.threat import Approach, Beyond, Protected, approach
from fleet.airspace.words import Words, metres, seconds, words
from fleet.columns import Rows

SWARM_LEAST = 3
SWARM_REACH = 150.0
"""Metres from one drone of a swarm to the next."""

BREACH_WITHIN = 60.0
"""Seconds: what will be in a zone so soon is near it, however far it is."""

GHOST_AFTER = 10.0
"""Seconds that a radar has to see what says it is in its range."""

_SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True)
class Condition:
    """One condition that holds."""

    kind: ConditionKind
    contact: int
    """The contact that it is about; of a swarm the one with the smallest key."""
    text: Words
    zone: str = ""
    others: tuple[int, ...] = ()
    latitude: float = np.nan
    longitude: float = np.nan

    @property
    def key(self) -> tuple[str, int, str]:
        """What makes it the same condition."""
        return self.kind, self.contact, self.zone


class Coverage(NamedTuple):
    """Where a radar sees what flies: latitude, longitude, and range in metres."""

    latitude: float
    longitude: float
    range: float


def unknown_in_zones(
    contacts: Rows, zones: Sequence[Protected], beyond: Beyond = frozenset()
) -> list[Condition]:
    """Drones that are not ours and are in a zone, near it, or will be in it within BREACH_WITHIN.

    Cooperative ones too: saying who one is gives no leave to fly there. Aircraft are not among them,
    nor is what is `beyond` a zone's floor or ceiling (`fleet.airspace.threat.beyond_levels`) in it.
    """
    drones = contacts[~np.isin(contacts["class"], [ContactClass.FRIEND, ContactClass.AIRCRAFT])]
    stands = approach(drones, zones, beyond)
    margins = np.array([zone.margin for zone in zones])
    near = (stands.distance <= margins) | (stands.breach <= BREACH_WITHIN)
    return [
        _in_zone(drones[row], zones[column], stands, row, column)
        for row, column in zip(*(found.tolist() for found in np.nonzero(near)), strict=True)
    ]


def _in_zone(drone: np.void, zone: Protected, stands: Approach, row: int, column: int) -> Condition:
    distance, breach = float(stands.distance[row, column]), float(stands.breach[row, column])
    kind: ConditionKind = "drone_in_zone" if distance == 0 else "drone_near_zone"
    if distance == 0:
        where = words("inside", zone=zone.name)
    elif breach <= BREACH_WITHIN:
        where = words("breach", zone=zone.name, seconds=seconds(breach))
    else:
        where = words("near", zone=zone.name, distance=metres(distance))
    text = Words(
        words("zone_alert", where=where.english).english, words("zone_alert", where=where.urdu).urdu
    )
    return _condition(kind, drone, text, zone=zone.name)


def stolen_identities(contacts: Rows) -> list[Condition]:
    """Identities of our own drones that somebody else uses, and such as two strangers share."""
    found = []
    for row in np.flatnonzero(contacts["doubts"] & (Doubt.STOLEN | Doubt.SHARED)).tolist():
        contact = contacts[row]
        same = (contacts["identity"] == contact["identity"]) & (
            contacts["contact"] != contact["contact"]
        )
        friends = same & (contacts["class"] == ContactClass.FRIEND)
        rivals = contacts[friends if friends.any() else same]
        if not len(rivals) or contact["class"] == ContactClass.FRIEND:
            continue
        sentence = "spoof_alert" if contact["doubts"] & Doubt.STOLEN else "shared_alert"
        figures = {"identity": called(contact), "distance": metres(_between(contact, rivals[0]))}
        others = tuple(rivals["contact"].tolist())
        found.append(_condition("spoof", contact, words(sentence, **figures), others=others))
    return found


def lies(contacts: Rows, changes: Rows, radars: Sequence[Coverage] = ()) -> list[Condition]:
    """What says it is where it is not: by CHANGE rows of this step, and by what radars do not see.

    `radars` are those that work now; what is well within the range of one (80 %) and was not seen by
    any for GHOST_AFTER is a ghost.
    """
    assert changes.dtype == CHANGE
    told: tuple[tuple[ChangeKind, ConditionKind, str], ...] = (
        (ChangeKind.JUMPED, "jump", "jump_alert"),
        (ChangeKind.CONTRADICTED, "lie", "lie_alert"),
    )
    found = []
    for change_kind, kind, sentence in told:
        for change in changes[changes["kind"] == change_kind]:
            about = contacts[contacts["contact"] == change["contact"]]
            if len(about):
                figures = {
                    "identity": called(about[0]),
                    "distance": metres(float(change["distance"])),
                }
                others = (int(change["other"]),) if change["other"] else ()
                found.append(_condition(kind, about[0], words(sentence, **figures), others=others))
    ghosts = np.flatnonzero(_unseen(contacts, radars)).tolist()
    return found + [
        _condition("lie", contacts[row], words("ghost_alert", identity=called(contacts[row])))
        for row in ghosts
    ]


def _unseen(contacts: Rows, radars: Sequence[Coverage]) -> NDArray[np.bool_]:
    covered = np.zeros(len(contacts), np.bool_)
    for radar in radars:
        east, north = motion.offsets(
            radar.latitude, radar.longitude, contacts["latitude"], contacts["longitude"]
        )
        covered |= np.hypot(east, north) <= 0.8 * radar.range
    since = np.where(np.isnat(contacts["seen_time"]), contacts["first_time"], contacts["seen_time"])
    silent = (contacts["heard_time"] - since) / _SECOND
    claims = (contacts["means"] & 1 << Means.COOPERATIVE) != 0
    airborne = ~(contacts["height"] < 10)  # on the ground no radar sees it
    strange = claims & (contacts["class"] != ContactClass.FRIEND)
    unseen: NDArray[np.bool_] = covered & strange & airborne & (silent >= GHOST_AFTER)
    return unseen


def located_operators(contacts: Rows) -> list[Condition]:
    """Operators of drones that are not ours whose position is told; there it stands."""
    known = np.isfinite(contacts["operator_latitude"]) & np.isfinite(contacts["operator_longitude"])
    found = []
    for contact in contacts[known & (contacts["class"] == ContactClass.COOPERATIVE)]:
        latitude, longitude = (
            float(contact["operator_latitude"]),
            float(contact["operator_longitude"]),
        )
        text = words(
            "operator_alert", identity=called(contact), place=f"{latitude:.5f}, {longitude:.5f}"
        )
        key = int(contact["contact"])
        found.append(Condition("operator", key, text, latitude=latitude, longitude=longitude))
    return found


def swarms(contacts: Rows, speed_within: float = 8.0) -> list[Condition]:
    """SWARM_LEAST or more drones that are not ours, close to one another and moving alike.

    `speed_within`: m/s by which the velocities of two neighbours differ at most.
    """
    drones = contacts[~np.isin(contacts["class"], [ContactClass.FRIEND, ContactClass.AIRCRAFT])]
    if len(drones) < SWARM_LEAST:
        return []
    tree = cKDTree(association.places(drones["latitude"], drones["longitude"]))
    pairs = tree.query_pairs(SWARM_REACH, output_type="ndarray")
    faster = [drones[name][pairs[:, 0]] - drones[name][pairs[:, 1]] for name in ("east", "north")]
    pairs = pairs[np.hypot(*faster) <= speed_within]
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(drones),) * 2)
    _, labels = connected_components(graph, directed=False)
    found = []
    for label in np.flatnonzero(np.bincount(labels) >= SWARM_LEAST).tolist():
        members = np.sort(drones[labels == label], order="contact")
        others = tuple(members["contact"][1:].tolist())
        text = words("swarm_alert", count=str(len(members)))
        middle = float(members["latitude"].mean()), float(members["longitude"].mean())
        key = int(members["contact"][0])
        found.append(Condition("swarm", key, text, "", others, *middle))
    return found


def called(contact: np.void) -> str:
    """What a contact is called: its serial number, its call sign or its key."""
    identity = bytes(contact["identity"]).decode().partition(":")[2]
    return (
        identity or bytes(contact["call_sign"]).decode() or f"contact {int(contact['contact']):x}"
    )


def _between(one: np.void, other: np.void) -> float:
    east, north = motion.offsets(
        one["latitude"], one["longitude"], other["latitude"], other["longitude"]
    )
    return float(np.hypot(east, north))


def _condition(
    kind: ConditionKind,
    contact: np.void,
    text: Words,
    *,
    zone: str = "",
    others: tuple[int, ...] = (),
) -> Condition:
    place = float(contact["latitude"]), float(contact["longitude"])
    return Condition(kind, int(contact["contact"]), text, zone, others, *place)
