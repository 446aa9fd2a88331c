"""The client that waits."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx

from nigehban.client import calls, past_calls
from nigehban.client.calls import Call, Listing
from nigehban.client.errors import UnreachableError
from nigehban.client.sending import PATIENCE, Tries, arguments, options

P = ParamSpec("P")
T = TypeVar("T")


def _sent(make: Callable[P, Call[T]]) -> Callable[Concatenate[Client, P], T]:
    @functools.wraps(make)
    def method(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.send(make(*args, **kwargs))

    return method


def _listed(make: Callable[P, Listing[T]]) -> Callable[Concatenate[Client, P], Iterator[T]]:
    @functools.wraps(make)
    def method(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return self.items(make(*args, **kwargs))

    return method


class Client:
    """Asks the page at `url`; a context manager. Methods raise ClientError.

    What can be sent again without being done twice is, for `patience` seconds, while the server
    says that the database or the collector is away.
    """

    def __init__(
        self,
        url: str,
        *,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(**options(url))
        self._patience = patience
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """What the server answers to a request."""
        tries = Tries(call, self._patience)
        while True:
            try:
                answer = self._http.request(**arguments(call))
            except httpx.TransportError as error:
                told = str(error) or type(error).__name__
                raise UnreachableError(f"{self._http.base_url}: {told}") from error
            pause = tries.pause(answer)
            if pause is None:
                return call.read(answer)
            self._sleep(pause)

    def items(self, listing: Listing[T]) -> Iterator[T]:
        """All items of a list; pages are asked for as they are needed."""
        following: Listing[T] | None = listing
        while following is not None:
            page = self.send(following)
            yield from page.items
            following = listing.after(page)

    assets = _sent(calls.assets)
    asset = _sent(calls.asset)
    alerts_page = _sent(calls.alerts_page)
    alert = _sent(calls.alert)
    order = _sent(calls.order)
    acknowledge = _sent(calls.acknowledge)
    shelve = _sent(calls.shelve)
    note = _sent(calls.note)
    figures = _sent(calls.figures)
    geofences = _sent(calls.geofences)
    geofence = _sent(calls.geofence)
    make_geofence = _sent(calls.make_geofence)
    change_geofence = _sent(calls.change_geofence)
    end_geofence = _sent(calls.end_geofence)
    tell_event = _sent(calls.tell_event)
    picture_then = _sent(past_calls.picture_then)
    tracks_then = _sent(past_calls.tracks_then)
    get = _sent(calls.get)
    post = _sent(calls.post)
    alert_history = _listed(calls.alert_history)
    happened = _listed(past_calls.happened)
    alerts_then = _listed(past_calls.alerts_then)
    contacts_then = _listed(past_calls.contacts_then)
    geofences_then = _listed(past_calls.geofences_then)
    each = _listed(calls.each)
