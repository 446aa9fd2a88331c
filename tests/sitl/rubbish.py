"""Strategies (hypothesis) for what a vehicle may be told: sensible, wrong, and meaningless."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from tests.sitl.plans import (
    ALL,
    CIRCLE,
    FENCE,
    HOLE,
    MISSION,
    RALLY,
    RALLY_POINT,
    RETURN,
    TAKEOFF,
    VERTEX,
    WAYPOINT,
    circle,
    clear_all,
    count_of,
    item_of,
    list_request,
    part_of,
    rally_point,
    request,
    waypoint,
)

kinds = st.sampled_from([MISSION, MISSION, FENCE, RALLY, ALL, 3])
numbers = st.one_of(st.integers(0, 4), st.integers(0, 65535))
singles = st.floats(width=32)
commands = st.one_of(
    st.sampled_from([WAYPOINT, TAKEOFF, VERTEX, HOLE, CIRCLE, RETURN, RALLY_POINT, 20, 177, 178]),
    st.integers(0, 65535),
)
integers = st.integers(-(2**31), 2**31 - 1)
bytes_ = st.integers(0, 255)
whole_items = st.builds(
    mavlink.MAVLink_mission_item_int_message,
    st.just(1),
    st.just(1),
    numbers,
    st.one_of(st.sampled_from([0, 3, 6]), bytes_),
    commands,
    st.integers(0, 3),
    bytes_,
    *[singles] * 4,
    integers,
    integers,
    singles,
    kinds,
)
older_items = st.builds(
    mavlink.MAVLink_mission_item_message,
    st.just(1),
    st.just(1),
    numbers,
    bytes_,
    commands,
    st.integers(0, 3),
    bytes_,
    *[singles] * 7,
    kinds,
)
good_items = st.builds(
    lambda number, kind: item_of(
        number, {FENCE: circle(9.0), RALLY: rally_point()}.get(kind, waypoint()), kind
    ),
    st.integers(0, 4),
    kinds,
)
transfer_messages = st.one_of(
    st.builds(count_of, numbers, kinds),
    whole_items,
    older_items,
    good_items,
    st.builds(list_request, kinds),
    st.builds(request, numbers, kinds),
    st.builds(
        part_of,
        st.integers(-32768, 32767),
        st.one_of(st.integers(0, 4), st.integers(-32768, 32767)),
        kinds,
    ),
    st.builds(clear_all, kinds),
    st.builds(lambda kind: mavlink.MAVLink_mission_ack_message(1, 1, 0, kind), kinds),
)
"""Messages about missions, fences and rally points, good ones among them."""

_RANGES = {
    "uint8_t": (0, 2**8 - 1),
    "int8_t": (-(2**7), 2**7 - 1),
    "uint16_t": (0, 2**16 - 1),
    "int16_t": (-(2**15), 2**15 - 1),
    "uint32_t": (0, 2**32 - 1),
    "int32_t": (-(2**31), 2**31 - 1),
    "uint64_t": (0, 2**64 - 1),
    "int64_t": (-(2**63), 2**63 - 1),
}


def _field(kind: str, length: int) -> st.SearchStrategy[Any]:
    if kind == "char":
        return st.binary(max_size=max(length, 1))
    if kind in {"float", "double"}:
        one: st.SearchStrategy[Any] = st.one_of(
            st.integers(0, 30).map(float), st.floats(width=32 if kind == "float" else 64)
        )
    else:
        low, high = _RANGES[kind]
        one = st.one_of(st.integers(max(low, 0), min(high, 30)), st.integers(low, high))
    return st.lists(one, min_size=length, max_size=length) if length else one


@st.composite
def any_message(draw: st.DrawFn) -> Any:
    """Any message of the dialect, to system 1, its fields drawn from their whole range."""
    kind = draw(st.sampled_from(_KINDS))
    lengths = dict(zip(kind.ordered_fieldnames, kind.array_lengths, strict=True))
    values = {
        name: draw(_field(fieldtype, lengths[name]))
        for name, fieldtype in zip(kind.fieldnames, kind.fieldtypes, strict=True)
    }
    if "target_system" in values:
        values["target_system"] = 1
    if lengths.get("command") == 0 and draw(st.booleans()):  # one message has five of them
        values["command"] = draw(st.sampled_from(_COMMANDS))
    return kind(**values)


_KINDS = list(mavlink.mavlink_map.values())
_COMMANDS = sorted(mavlink.enums["MAV_CMD"])
