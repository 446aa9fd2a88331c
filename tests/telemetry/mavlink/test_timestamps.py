from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.timestamps import FILE_BYTES, STREAMS, Timestamps, load, save

byte = st.integers(0, 255)
moment = st.integers(0, 2**48 - 1)


@given(moment, st.dictionaries(st.tuples(byte, byte, byte), moment, max_size=20))
def test_what_is_saved_is_what_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, sent: int, streams: dict[tuple[int, int, int], int]
) -> None:
    path = tmp_path_factory.getbasetemp() / "timestamps.json"
    save(path, Timestamps(sent, streams))
    assert load(path) == Timestamps(sent, streams)


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == Timestamps()


def test_of_too_many_streams_the_oldest_go_and_the_file_stays_readable(tmp_path: Path) -> None:
    timestamps = Timestamps()
    streams = [(n >> 16 & 255, n >> 8 & 255, n & 255) for n in range(3 * STREAMS)]
    for number, stream in enumerate(streams):
        timestamps.take(stream, 2**47 + number)
        assert len(timestamps.streams) <= STREAMS
    assert streams[-1] in timestamps.streams
    assert streams[0] not in timestamps.streams
    save(tmp_path / "many.json", timestamps)
    assert (tmp_path / "many.json").stat().st_size < FILE_BYTES
    assert load(tmp_path / "many.json") == timestamps


def test_a_file_that_cannot_be_replaced_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "timestamps.json"
    save(path, Timestamps(1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(path, Timestamps(2))
    assert load(path) == Timestamps(1)
