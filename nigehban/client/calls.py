"""What can be asked of the API: each function makes a request and knows how its answer is read.

Both clients have them as methods. A request that changes something has an Idempotency-Key, of the
caller or a new one, so that it may be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
from pydantic import TypeAdapter

from nigehban.client.models import (
    AlertEvent,
    AlertPage,
    AlertsDone,
    AlertWhole,
    Asset,
    EventTaken,
    Fence,
    Figures,
    Page,
)

T = TypeVar("T")

OrderWhat = Literal[
    "acknowledge",
    "reset",
    "shelve",
    "unshelve",
    "suppress",
    "unsuppress",
    "remove_from_service",
    "restore_to_service",
    "note",
]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and what its answer is."""

    method: str
    path: str
    """Below `/api/v1/`."""
    answer: Any
    """The type of the answer."""
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """JSON, or bytes as they are."""

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again without being done twice.

        A PUT is left out: sent again after it was done, it would be told `changed-meanwhile`.
        """
        return self.method == "GET" or "Idempotency-Key" in self.headers

    def read(self, answer: httpx.Response) -> T:
        """What the server answered. Raises pydantic.ValidationError if it is something else."""
        read: T = TypeAdapter(self.answer).validate_json(answer.content)
        return read


@dataclass(frozen=True, slots=True)
class Listing(Call[Page[T]], Generic[T]):
    """A list that comes by pages."""

    def after(self, page: Page[T]) -> Listing[T] | None:
        """The request for the page after this one; None at the end."""
        if page.next is None:
            return None
        return replace(self, query={**self.query, "cursor": page.next})


def assets() -> Call[list[Asset]]:
    """All assets, as they are now."""
    return Call("GET", "assets", list[Asset])


def asset(key: str) -> Call[Asset]:
    """One asset."""
    return Call("GET", f"assets/{quote(key, safe='')}", Asset)


def alerts_page(
    *,
    state: Sequence[str] = (),
    priority: Sequence[int] = (),
    desk: str | None = None,
    rule: str | None = None,
    asset: str | None = None,
    members: bool = False,
    limit: int = 200,
    cursor: str | None = None,
) -> Call[AlertPage]:
    """Alerts that are not normal, a page of them; `lacks` says why these may not be all."""
    query = {
        "state": list(state),
        "priority": list(priority),
        "desk": desk,
        "rule": rule,
        "asset": asset,
        "members": members,
        "limit": limit,
        "cursor": cursor,
    }
    return Call("GET", "alerts", AlertPage, _given(query))


def alert(key: str) -> Call[AlertWhole]:
    """One alert, with what was done to it last, and of a group its members."""
    return Call("GET", f"alerts/{quote(key)}", AlertWhole)


def alert_history(
    *,
    alert: str | None = None,
    rule: str | None = None,
    what: Sequence[str] = (),
    who: str | None = None,
    priority: Sequence[int] = (),
    desk: str | None = None,
    asset: str | None = None,
    from_: datetime | None = None,
    to: datetime | None = None,
    limit: int = 200,
) -> Listing[AlertEvent]:
    """What happened to alerts, the newest first; `limit` is of a page.

    Priority, desk and `asset` (a key) are those with which an alert was raised.
    """
    query = {
        "alert": alert,
        "rule": rule,
        "what": list(what),
        "who": who,
        "priority": list(priority),
        "desk": desk,
        "asset": asset,
        "from": from_ and from_.isoformat(),
        "to": to and to.isoformat(),
        "limit": limit,
    }
    return Listing("GET", "alerts/history", Page[AlertEvent], _given(query))


def order(
    what: OrderWhat,
    alerts: Sequence[str],
    *,
    who: str,
    why: str = "",
    until: datetime | None = None,
    key: str | None = None,
) -> Call[AlertsDone]:
    """Do something to alerts, given by their keys; several at once are answered one by one."""
    body = {"alerts": list(alerts), "who": who, "why": why}
    if until is not None:
        body["until"] = until.isoformat()
    return Call("POST", f"alerts/{what}", AlertsDone, headers=_key(key), body=body)


def acknowledge(*alerts: str, who: str, why: str = "", key: str | None = None) -> Call[AlertsDone]:
    """Acknowledge alerts; a group with all its members that wait."""
    return order("acknowledge", alerts, who=who, why=why, key=key)


def shelve(
    *alerts: str, who: str, why: str, until: datetime, key: str | None = None
) -> Call[AlertsDone]:
    """Shelve alerts until then, within 8 hours."""
    return order("shelve", alerts, who=who, why=why, until=until, key=key)


def note(*alerts: str, who: str, text: str, key: str | None = None) -> Call[AlertsDone]:
    """Write a note to alerts."""
    return order("note", alerts, who=who, why=text, key=key)


def figures() -> Call[dict[str, Figures]]:
    """What each desk has to bear."""
    return Call("GET", "figures", dict[str, Figures])


def geofences() -> Call[list[dict[str, Any]]]:
    """The geofences that count now."""
    return Call("GET", "geofences", list[dict[str, Any]])


def geofence(fence_id: str) -> Call[Fence]:
    """One geofence with all its versions."""
    return Call("GET", f"geofences/{quote(fence_id, safe='')}", Fence)


def make_geofence(fence: Mapping[str, Any], *, who: str, key: str | None = None) -> Call[Fence]:
    """Make a geofence."""
    body = {"who": who, "fence": dict(fence)}
    return Call("POST", "geofences", Fence, headers=_key(key), body=body)


def change_geofence(fence_id: str, fence: Mapping[str, Any], *, seen: int, who: str) -> Call[Fence]:
    """Change a geofence, of which version `seen` was seen."""
    path = f"geofences/{quote(fence_id, safe='')}"
    body = {"who": who, "fence": dict(fence)}
    return Call("PUT", path, Fence, headers={"If-Match": f'"{seen}"'}, body=body)


def end_geofence(fence_id: str, *, seen: int, who: str) -> Call[Fence]:
    """End a geofence, of which version `seen` was seen."""
    path = f"geofences/{quote(fence_id, safe='')}/end"
    return Call("POST", path, Fence, headers={"If-Match": f'"{seen}"'}, body={"who": who})


def tell_event(
    kind: str,
    *,
    time: datetime,
    source: str,
    text: str = "",
    place: tuple[float, float] | None = None,
    asset: str | None = None,
    key: str | None = None,
) -> Call[EventTaken]:
    """Tell of something that happened; `place` is latitude and longitude.

    Give a `key` of your own where you might tell of the same event again, after a restart too.
    """
    body: dict[str, Any] = {"kind": kind, "time": time.isoformat(), "source": source, "text": text}
    if place is not None:
        body["place"] = {"latitude": place[0], "longitude": place[1]}
    if asset is not None:
        body["asset"] = asset
    return Call("POST", "events", EventTaken, headers=_key(key), body=body)


def get(path: str, **query: Any) -> Call[Any]:
    """Anything that the API has no method here for, as it is described in `openapi.json`."""
    return Call("GET", path.lstrip("/"), Any, _given(query))


def post(path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Call[Any]:
    """The same for what is posted; bytes are sent as they are."""
    return Call("POST", path.lstrip("/"), Any, _given(query), _key(key), body)


def each(path: str, **query: Any) -> Listing[Any]:
    """Everything of any list that comes by pages."""
    return Listing("GET", path.lstrip("/"), Page[Any], _given(query))


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None and value != []}


def _key(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4())}
