"""A batch as bytes and back, also from an older program, and from bytes that are no batch."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT
from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.columns import POSITION, STATUS, Rows, blank
from fleet.geofences.events import FenceEvent
from telemetry.airspace.heard import Said, SensorEvent, moment
from telemetry.batch import Batch, Carried, DeadLetter, Event, FenceChange, StatusText
from telemetry.spool.packing import PackingError, pack, unpack
from tests.telemetry.store.samples import ASSETS, CARS, NOON, positions, same, statuses

_times = st.integers(-(10**15), 7 * 10**15).map(
    lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
_anything = st.text(st.characters())  # lone surrogates and zeros too
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_anything, inner, max_size=3),
    max_leaves=5,
)
_keys = st.integers(-(2**63), 2**63 - 1)
_texts = st.builds(StatusText, _keys, _times, st.integers(0, 7), _anything)
_events = st.builds(
    Event, _keys, _times, _times, _anything, st.dictionaries(_anything, _json, max_size=3)
)
_letters = st.builds(
    DeadLetter, _times, _anything, _anything, _anything, _anything, st.binary(), st.integers(1)
)
_changes = st.builds(
    FenceChange,
    st.builds(
        FenceEvent,
        _keys,
        st.uuids().map(str),
        st.integers(1, 99),
        st.just("keep-in"),
        st.just("left"),
        st.just("gap"),
        *(_times, st.floats(-90, 90), st.floats(-180, 180), st.none() | _times, _times, _times),
    ),
    _keys,
    st.booleans(),
)
_alerts = st.builds(
    AlertEvent,
    st.integers(1, 2**63 - 1),
    _anything,
    _times,
    st.sampled_from(What),
    _anything,
    _anything,
    st.dictionaries(_anything, _json, max_size=3),
)

_number = st.integers(0, 999)
_degrees = st.floats(-90, 90)
_places = st.tuples(_number, _number, _number, _degrees, _degrees, _degrees)
_carried = st.builds(
    Carried, _keys, _times, _number, st.none() | st.lists(_places, max_size=3).map(tuple)
)

_moments = st.integers(-(10**15), 7 * 10**15).map(moment)
_said = st.builds(Said, _moments, _anything, _anything, st.binary(), st.integers(0, 9))
_sensor_events = st.builds(
    SensorEvent, _moments, _anything, _anything, st.dictionaries(_anything, _json, max_size=3)
)


def raw_rows(dtype: np.dtype[Any]) -> st.SearchStrategy[Rows]:
    """Rows of any bytes at all."""
    return st.integers(0, 3).flatmap(
        lambda count: st.binary(
            min_size=count * dtype.itemsize, max_size=count * dtype.itemsize
        ).map(lambda data: np.frombuffer(data, dtype))
    )


@given(
    st.lists(st.sampled_from(ASSETS), max_size=3, unique=True),
    raw_rows(POSITION),
    raw_rows(STATUS),
    st.lists(_texts, max_size=3),
    st.lists(_events, max_size=3),
    st.lists(_letters, max_size=3),
    st.lists(_changes, max_size=3),
    st.lists(_alerts, max_size=3),
    st.lists(_carried, max_size=2),
)
def test_what_is_packed_is_what_is_unpacked(
    assets: list[Any],
    fixes: Rows,
    states: Rows,
    texts: list[StatusText],
    events: list[Event],
    letters: list[DeadLetter],
    changes: list[FenceChange],
    alerts: list[AlertEvent],
    carried: list[Carried],
) -> None:
    told = (tuple(texts), tuple(events), tuple(letters), tuple(changes), tuple(alerts))
    batch = Batch(tuple(assets), fixes, states, *told, carried=tuple(carried))
    read = unpack(pack(batch))
    assert read.positions.tobytes() == fixes.tobytes()
    assert read.statuses.tobytes() == states.tobytes()
    assert (read.assets, read.texts) == (batch.assets, batch.texts)
    assert (read.events, read.letters) == (batch.events, batch.letters)
    assert read.carried == batch.carried
    assert (read.fence_changes, read.alert_events) == (batch.fence_changes, batch.alert_events)
    assert (read.positions.dtype, read.statuses.dtype) == (POSITION, STATUS)


@given(
    st.lists(_letters, max_size=2),
    st.lists(_said, max_size=3),
    raw_rows(DETECTION),
    st.lists(_sensor_events, max_size=3),
    raw_rows(CONTACT),
    raw_rows(CHANGE),
    raw_rows(THREAT),
)
def test_what_is_packed_of_the_airspace_is_what_is_unpacked(
    letters: list[DeadLetter],
    said: list[Said],
    detections: Rows,
    events: list[SensorEvent],
    contacts: Rows,
    changes: Rows,
    threats: Rows,
) -> None:
    batch = Batch(
        letters=tuple(letters),
        said=tuple(said),
        detections=detections,
        sensor_events=tuple(events),
        contacts=contacts,
        contact_changes=changes,
        contact_threats=threats,
    )
    read = unpack(pack(batch))
    for name in ("letters", "said", "sensor_events"):
        assert getattr(read, name) == getattr(batch, name)
    for name in ("detections", "contacts", "contact_changes", "contact_threats"):
        packed, unpacked = getattr(batch, name), getattr(read, name)
        assert (unpacked.dtype, unpacked.tobytes()) == (packed.dtype, packed.tobytes())


def test_a_row_takes_little_more_than_it_has() -> None:
    random = np.random.default_rng(1)
    batch = Batch(ASSETS, positions(random, 5000), statuses(random, 1000))
    assert len(pack(batch)) < 5000 * POSITION.itemsize + 1000 * STATUS.itemsize + 3000


def test_what_an_older_program_wrote_is_read_into_the_columns_of_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = positions(np.random.default_rng(2), 50)
    rows["suspect"] = 3
    gone = [name for name in POSITION.names or () if name not in {"suspect", "climb"}]
    old_dtype = np.dtype(
        [("forgotten", "i4"), *((name, POSITION[name]) for name in reversed(gone))]
    )
    old = np.zeros(len(rows), old_dtype)
    for name in gone:
        old[name] = rows[name]
    read = unpack(pack(Batch(CARS, old))).positions
    rows["suspect"], rows["climb"] = 0, np.nan
    assert same(read, rows)


def test_a_column_that_has_become_wider_keeps_its_values() -> None:
    narrow = np.dtype([(n, "S4" if n == "mode" else STATUS[n]) for n in STATUS.names or ()])
    old = blank(STATUS, 2).astype(narrow)
    old["mode"] = [b"AUTO", b"RTL"]
    assert unpack(pack(Batch(statuses=old))).statuses["mode"].tolist() == [b"AUTO", b"RTL"]


def unpack_or_refuse(data: bytes) -> Batch | None:
    with suppress(PackingError):
        return unpack(data)
    return None


@given(st.binary())
def test_arbitrary_bytes_are_refused_or_read_and_nothing_else(data: bytes) -> None:
    unpack_or_refuse(data)
    unpack_or_refuse(b"NGB1" + data)


@given(st.data())
def test_a_batch_with_bytes_changed_is_refused_or_read_and_nothing_else(
    data: st.DataObject,
) -> None:
    random = np.random.default_rng(3)
    letter = DeadLetter(NOON, "osmand", "bad_id", "", "127.0.0.1:1", b"raw")
    texts = (StatusText(CARS[0].key, NOON, 6, "text"),)
    event = Event(CARS[0].key, NOON, NOON, "panic", {"by": "hand"})
    said = (Said(moment(1), "sbs:mast", "sbs", b"MSG,3"),)
    rows = positions(random, 3), statuses(random, 2)
    told = Batch(CARS, *rows, texts, (event,), (letter,))
    whole = pack(replace(told, said=said, contacts=blank(CONTACT, 2)))
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    unpack_or_refuse(bytes(changed[: data.draw(st.integers(0, len(whole)))]))


@given(
    st.dictionaries(
        st.sampled_from([each.name for each in fields(Batch)]),
        _json
        | st.fixed_dictionaries(
            {
                "count": st.integers(-1, 2**70) | _json,
                "columns": st.lists(
                    st.tuples(
                        st.sampled_from(["asset", "mode", "x"]),
                        st.sampled_from(["<i8", "|O", "S3", "(99999999,)<i8", "<M8[us]", "V0", ""]),
                    )
                )
                | _json,
            }
        ),
    ),
    st.binary(),
)
def test_any_head_is_refused_or_read_and_nothing_else(head: dict[str, Any], body: bytes) -> None:
    told = json.dumps(head).encode()
    unpack_or_refuse(struct.pack("<4sI", b"NGB1", len(told)) + told + body)


def test_bytes_of_another_version_are_refused_in_one_line() -> None:
    with pytest.raises(PackingError, match="begin with b'NGB9', not b'NGB1'"):
        unpack(b"NGB9" + bytes(10))


def test_a_column_type_that_numpy_would_read_as_python_is_refused() -> None:
    head = {"positions": {"columns": [["asset", ",M8[us]"]], "count": 1}}
    told = json.dumps(head).encode()
    with pytest.raises(PackingError, match=r"a column of type ',M8\[us\]'"):
        unpack(struct.pack("<4sI", b"NGB1", len(told)) + told + bytes(8))
