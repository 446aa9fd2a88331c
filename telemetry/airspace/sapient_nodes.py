"""The SAPIENT nodes that are or were there: how they are, and which of them are silent.

A node tells its status at an interval that it says when it registers: that is its heartbeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from telemetry.airspace.sapient_reports import Place, Scales

LOST_AFTER = 2.5
"""Intervals without a status after which a node is lost."""

INTERVAL = 10.0
"""Seconds between statuses of a node that names no interval."""

INTERVAL_LEAST, INTERVAL_MOST = 1.0, 300.0

NODES_MOST = 500


@dataclass(slots=True)
class Node:
    """What is known of one node. Times are seconds since 1970 by our clock."""

    node: str
    name: str
    peer: str
    connected: bool = True
    interval: float = INTERVAL
    registered_time: float = 0.0
    status_time: float = 0.0
    """Of its latest status, or of its registration before the first one."""
    system: str = ""
    """As it says: `SYSTEM_OK` …"""
    mode: str = ""
    place: Place | None = None
    scales: Scales = field(default_factory=Scales)
    lost: bool = False
    detections: int = 0
    alerts: int = 0
    kinds: tuple[str, ...] = ()
    """What it is: `NODE_TYPE_RADAR` …"""

    def age(self, now: float) -> float:
        """Seconds since its heartbeat."""
        return max(0.0, now - self.status_time)


class Nodes:
    """All nodes by their id; those that have gone are remembered while there is room."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}

    def __iter__(self) -> Iterator[Node]:
        return iter(list(self._nodes.values()))

    def __len__(self) -> int:
        return len(self._nodes)

    def find(self, node: str) -> Node | None:
        """The node with that id."""
        return self._nodes.get(node)

    def register(self, node: Node) -> bool:
        """Keep a node that has registered; False: there are too many."""
        before = self._nodes.pop(node.node, None)
        if before is not None:
            node.detections, node.alerts = before.detections, before.alerts
            node.place = before.place
        elif len(self._nodes) >= NODES_MOST:
            gone = next((each for each in self._nodes.values() if not each.connected), None)
            if gone is None:
                return False
            del self._nodes[gone.node]
        self._nodes[node.node] = node
        return True

    def newly_lost(self, now: float) -> list[Node]:
        """Nodes whose heartbeat has stopped since the last call; each is told once."""
        found = [
            node
            for node in self._nodes.values()
            if not node.lost and node.age(now) > LOST_AFTER * node.interval
        ]
        for node in found:
            node.lost = True
        return found
