"""Panic posts stand at junctions, say that they are alive, and cry when they are pressed."""

from __future__ import annotations

from itertools import pairwise
from math import hypot

import numpy as np
import pytest

from fleet.peshawar import roads, to_metres
from sitl.cars.car import Report
from sitl.cars.places import VERGE, places
from sitl.cars.posts import ALIVE_INTERVAL, POSTS, Posts
from tests.sitl.wire import BEGIN

STEP = 200_000
MINUTE = 60_000_000


def told(posts: Posts, until: int, begin: int = STEP) -> list[tuple[int, int, Report]]:
    return [
        (time, number, report)
        for time in range(begin, until, STEP)
        for number, report in posts.step(time, BEGIN + time, STEP / 1e6)
    ]


def test_there_are_68_posts_of_their_own_each_beside_a_junction() -> None:
    posts = Posts(1).posts
    assert len({post.call_sign for post in posts}) == len(posts) == POSTS == 68
    graph = roads()
    east, north = to_metres(graph.nodes[:, 0], graph.nodes[:, 1])
    junctions = np.array([len(near) > 2 for near in graph.neighbours])
    nearest = []
    for post in posts:
        at = to_metres(post.latitude, post.longitude)
        away = np.hypot(east - at[0], north - at[1])[junctions]
        assert away.min() == pytest.approx(VERGE, abs=0.2)
        nearest.append(int(away.argmin()))
    assert len(set(nearest)) == len(posts)  # no junction has two


def test_a_place_is_the_same_however_many_there_are() -> None:
    assert places(2000)[:711] == places(711)
    assert len(set(places(2000))) == 2000
    assert places(0) == []


def test_every_place_is_at_a_road() -> None:
    graph = roads()
    east, north = to_metres(graph.nodes[:, 0], graph.nodes[:, 1])
    ends = np.stack([east, north], axis=1)[graph.edges]
    start, way = ends[:, 0], ends[:, 1] - ends[:, 0]
    for place in places(711):
        apart = np.array(to_metres(*place)) - start
        share = np.clip(np.sum(apart * way, axis=1) / np.sum(way**2, axis=1), 0, 1)
        assert np.hypot(*(apart - share[:, None] * way).T).min() < VERGE + 0.2


def test_each_says_once_a_minute_that_it_is_alive_and_not_all_at_once() -> None:
    posts = Posts(1)
    said = told(posts, 3 * MINUTE)
    for number in range(POSTS):
        times = [time for time, who, _ in said if who == number]
        assert len(times) == 3
        assert {after - before for before, after in pairwise(times)} == {ALIVE_INTERVAL}
    assert len({time for time, _, _ in said if time < MINUTE}) > 50
    post, (_, _, report) = posts.posts[said[0][1]], said[0]
    assert (report.latitude, report.longitude) == (post.latitude, post.longitude)
    assert (report.speed, report.ignition, report.panic) == (0, None, False)
    assert hypot(*to_metres(report.latitude, report.longitude)) < 20_000


def test_a_pressed_post_says_so_at_once_and_only_once() -> None:
    posts = Posts(1)
    told(posts, MINUTE)
    posts.press(7)
    said = told(posts, 2 * MINUTE, begin=MINUTE)
    panics = [(time, number) for time, number, report in said if report.panic]
    assert panics == [(MINUTE, 7)]
    with pytest.raises(ValueError, match="no post has number 68: there are 68"):
        posts.press(68)


def test_the_same_seed_says_the_same_and_a_fault_is_its_own() -> None:
    one, other, few = Posts(1), Posts(1), Posts(1, 5)
    other.faults.set(3, "duplicates", probability=1.0)
    other.faults.set(4, "no_radio")
    right, doubled = told(one, MINUTE), told(other, MINUTE)
    assert [row for row in right if row[1] < 5] == told(few, MINUTE)
    assert [row for row in doubled if row[1] != 3] == [row for row in right if row[1] != 3]
    assert sum(number == 3 for _, number, _ in doubled) == 2
    assert np.flatnonzero(~other.radio).tolist() == [4]
