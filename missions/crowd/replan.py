"""A plan goes on when the crowd has moved: what holds stays, what must move moves little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from missions.crowd.people import Extent
from missions.crowd.sight import Demand, in_frame, near_enough
from missions.crowd.stations import Overwatch, Post, cells_of
from missions.drones import Camera


def still_holds(
    posts: Sequence[Post],
    crowd: Extent,
    camera: Camera,
    *,
    horizon: float,
    least: float,
    demand: Demand,
) -> bool:
    """Whether the posts still see all of the crowd, and stay off it until `horizon` seconds."""
    people = crowd.within(0, horizon)
    cells = np.concatenate([cells_of(part) for part in shapely.get_parts(people) if part.area > 0])
    seen = np.zeros(len(cells), np.bool_)
    for post in posts:
        if crowd.keep_out(post.height, 0, horizon, least).contains(shapely.Point(post.place)):
            return False
        offsets = cells - post.place
        look = in_frame(offsets, post.height, np.array([post.yaw]), np.array([post.pitch]), camera)
        seen |= look[0] & near_enough(offsets, post.height, camera, demand)
    return bool(seen.all())


def matched(before: Sequence[Post], after: Overwatch) -> list[int | None]:
    """For each new post the old one whose drone moves there; None for a post that is more.

    The assignment with the least way in total (Kuhn and Munkres).
    """
    if not before or not after.posts:
        return [None] * len(after.posts)
    ways = np.array(
        [[float(np.hypot(*(new.place - old.place))) for old in before] for new in after.posts]
    )
    rows, columns = linear_sum_assignment(ways)
    found = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [found.get(index) for index in range(len(after.posts))]
