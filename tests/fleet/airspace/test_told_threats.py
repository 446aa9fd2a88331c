"""What is kept of threats tells at every moment what was told then."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.airspace.columns import THREAT
from fleet.airspace.reasons import Reason, in_words, packed, reason, unpacked
from fleet.airspace.threat import Behaviour, Threat
from fleet.airspace.told_threats import ToldThreats
from fleet.columns import Rows
from tests.fleet.airspace.making import at

FIGURES = st.floats(0, 9e5)
REASONS = st.lists(
    st.one_of(
        st.builds(reason, st.sampled_from(["near", "breach", "low"]), st.just(20), FIGURES),
        st.builds(reason, st.sampled_from(["inside", "silent", "emergency"]), st.just(70)),
    ),
    max_size=3,
    unique_by=lambda each: each.code,
).map(tuple)
ZONES = st.sampled_from(["", "Stadium", "بالا حصار: 'A b'"])
STEPS = st.lists(
    st.lists(st.tuples(st.integers(1, 3), ZONES, REASONS), max_size=3, unique_by=lambda t: t[0]),
    min_size=1,
    max_size=12,
)


def threat(contact: int, zone: str, reasons: tuple[Reason, ...]) -> Threat:
    score = min(100, sum(each.points for each in reasons))
    return Threat(contact, score, zone, 0.0, 0.0, 0.0, Behaviour.PASSING, reasons)


@given(STEPS, st.sampled_from([0.2, 1.0, 30.0]))
def test_at_each_moment_the_last_that_is_kept_is_what_was_told(
    steps: list[list[tuple[int, str, tuple[Reason, ...]]]], each: float
) -> None:
    told, kept = ToldThreats(), list[np.void]()
    for number, some in enumerate(steps):
        now = at(number * each)
        threats = [threat(*told) for told in some]
        kept += list(told.take(threats, now))
        for one in threats:
            row = next(row for row in reversed(kept) if row["contact"] == one.contact)
            assert (row["score"], row["level"]) == (one.score, one.level)
            assert bytes(row["zone"]).decode() == one.zone
            reasons = unpacked(bytes(row["reasons"]))
            codes = [(reason.code, reason.points) for reason in reasons]
            assert codes == [(reason.code, reason.points) for reason in one.reasons]
            if now - row["time"] >= np.timedelta64(1, "s"):  # its figures may be younger
                assert tuple(in_words(reason, one.zone) for reason in reasons) == one.sentences


def test_what_stays_as_it_is_is_kept_each_minute_and_what_only_moves_each_second() -> None:
    def count(threats: list[Threat]) -> int:
        told = ToldThreats()
        rows: list[Rows] = [told.take([one], at(n / 5)) for n, one in enumerate(threats)]
        found = np.concatenate(rows)
        assert found.dtype == THREAT
        return len(found)

    hovers, comes = (reason("inside", 70),), [(reason("near", 20, 900 - n),) for n in range(600)]
    assert count([threat(7, "Stadium", hovers)] * 600) == 2
    assert count([threat(7, "Stadium", reasons) for reasons in comes]) == 120


@given(REASONS)
def test_reasons_come_back_from_what_is_kept_of_them(reasons: tuple[Reason, ...]) -> None:
    assert unpacked(packed(reasons)) == reasons
