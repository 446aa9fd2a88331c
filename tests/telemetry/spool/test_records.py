"""Records of a segment: what is whole is read, whatever lies between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telemetry.spool.records import MAGIC, OVERHEAD, pack, read

payloads = st.lists(st.binary(max_size=60), max_size=6)


@given(payloads)
def test_what_was_packed_is_read_in_its_order(some: list[bytes]) -> None:
    data = b"".join(pack(number, payload) for number, payload in enumerate(some))
    found = list(read(data))
    assert [record.payload for record in found] == some
    assert [record.sequence for record in found] == list(range(len(some)))


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(MAGIC), st.just(pack(7, b"x")))))
def test_of_any_bytes_only_whole_records_are_read(parts: list[bytes]) -> None:
    data, end = b"".join(parts), 0
    for record in read(data):
        assert end <= record.start < record.end <= len(data)
        end = record.end
        assert data[record.start : end] == pack(record.sequence, record.payload)


@given(payloads.filter(bool), st.data())
def test_a_byte_that_is_altered_costs_its_own_record_and_no_other(
    some: list[bytes], data: st.DataObject
) -> None:
    packed = [pack(number, payload) for number, payload in enumerate(some)]
    which = data.draw(st.integers(0, len(some) - 1))
    where = data.draw(st.integers(0, len(packed[which]) - 1))
    broken = bytearray(packed[which])
    broken[where] ^= data.draw(st.integers(1, 255))
    packed[which] = bytes(broken)
    found = {record.sequence for record in read(b"".join(packed))}
    assert found == set(range(len(some))) - {which}


@given(payloads.filter(bool), st.integers(1, 200))
def test_of_a_torn_end_the_records_before_it_are_read(some: list[bytes], cut: int) -> None:
    packed = [pack(number, payload) for number, payload in enumerate(some)]
    cut = min(cut, len(packed[-1]))
    found = list(read(b"".join(packed)[:-cut]))
    assert [record.payload for record in found] == some[:-1]
    assert len(packed[-1]) >= OVERHEAD
