import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.clock import (
    BOOT_TIME_LIMIT,
    EARLIEST_UTC,
    EPOCH_STEP,
    FURTHEST_AHEAD,
    VehicleClock,
    is_plausible,
    is_reboot,
)

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND


def test_before_the_vehicle_knows_utc_its_boot_is_where_its_first_message_puts_it() -> None:
    clock = VehicleClock()
    clock.hear(10 * SECOND, NOW)
    clock.hear(11 * SECOND, NOW + 5 * SECOND)  # came late: that moves nothing
    assert clock.utc(10 * SECOND) == NOW
    assert clock.utc(11 * SECOND) == NOW + SECOND
    assert not clock.tells_utc


def test_the_vehicle_s_own_utc_replaces_the_receive_time() -> None:
    clock = VehicleClock()
    clock.hear(10 * SECOND, NOW)
    clock.hear_system_time(NOW - 700_000, 10 * SECOND, NOW)
    assert clock.tells_utc
    assert clock.utc(12 * SECOND) == NOW + 2 * SECOND - 700_000


def test_the_epoch_stays_while_system_time_wanders_within_a_second() -> None:
    clock = VehicleClock()
    clock.hear_system_time(NOW, 10 * SECOND, NOW)
    before = clock.utc(0)
    clock.hear_system_time(NOW + 11 * SECOND + 999_000, 21 * SECOND, NOW + 12 * SECOND)
    assert clock.utc(0) == before


def test_the_epoch_follows_a_vehicle_that_sets_its_clock() -> None:
    clock = VehicleClock()
    clock.hear_system_time(NOW - 3600 * SECOND, 10 * SECOND, NOW)
    clock.hear_system_time(NOW + SECOND, 11 * SECOND, NOW + SECOND)
    assert clock.utc(11 * SECOND) == NOW + SECOND


@given(
    st.integers(10**9, 10**14),
    st.lists(st.tuples(st.integers(0, 3600 * SECOND), st.integers(-900, 900)), min_size=2),
)
def test_two_who_hear_different_system_times_of_one_boot_agree(
    boot_moment: int, heard: list[tuple[int, int]]
) -> None:
    # SYSTEM_TIMEs of one boot differ by less than a millisecond (measured in recordings), here
    # around an epoch that is not on the edge between two steps.
    epoch = EARLIEST_UTC + boot_moment // EPOCH_STEP * EPOCH_STEP
    utcs = set()
    for boot, jitter in heard:
        clock = VehicleClock()
        clock.hear_system_time(epoch + boot + jitter, boot, NOW + 10**14)
        utcs.add(clock.utc(5 * SECOND))
    assert len(utcs) == 1
    assert abs(utcs.pop() - epoch - 5 * SECOND) <= EPOCH_STEP // 2 + 900


@pytest.mark.parametrize(
    ("utc", "plausible"),
    [
        (0, False),
        (EARLIEST_UTC - 1, False),
        (EARLIEST_UTC, True),
        (NOW, True),
        (NOW + FURTHEST_AHEAD + 1, False),
    ],
)
def test_a_vehicle_that_cannot_know_the_time_is_not_believed(utc: int, plausible: bool) -> None:
    assert is_plausible(utc, NOW) is plausible
    clock = VehicleClock()
    clock.hear_system_time(utc, 10 * SECOND, NOW)
    assert clock.tells_utc is plausible
    assert plausible or clock.utc(10 * SECOND) == NOW


@pytest.mark.parametrize(
    ("latest", "boot", "reboot"),
    [
        (None, 0, False),
        (100.0, 101.0, False),
        (100.0, 91.0, False),  # a late datagram
        (100.0, 89.0, True),
        (100.0, 1.0, True),
        (7.0, 1.0, True),
        (7.0, 3.0, False),
        (4_294_967.0, 1.0, True),  # 32 bits of ms have wrapped: a new epoch as well
    ],
)
def test_a_reboot_is_a_time_since_boot_that_jumps_back(
    latest: float | None, boot: float, reboot: bool
) -> None:
    before = None if latest is None else round(latest * SECOND)
    assert is_reboot(before, round(boot * SECOND)) is reboot


def test_the_latest_time_is_that_of_the_latest_message_not_of_the_last_to_arrive() -> None:
    clock = VehicleClock()
    assert clock.latest_utc is None
    clock.hear(10 * SECOND, NOW)
    clock.hear(9 * SECOND, NOW)
    assert clock.latest_utc == NOW


def test_time_since_boot_is_below_the_limit_that_tells_it_from_utc() -> None:
    assert (2**32 - 1) * 1000 < BOOT_TIME_LIMIT < EARLIEST_UTC
