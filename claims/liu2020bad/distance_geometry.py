"""Whether the printed distances of one row of Table 1 can belong to four points at all."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
from scipy.optimize import linprog

from .table_1 import Row

ORIGIN, RANDOM, BAD, VANILLA, SOTA = range(5)  # W_0 of R and of A, W_V and W_S of A
ROUNDING = 0.0005


def possible(row: Row) -> bool:
    """Whether there are norms for which every triangle closes.

    With d(W_1, W_2) = ‖W_1 − W_2‖ / ‖W_2‖ each printed number is a distance once the norm of its
    second point is known, and a norm is the distance to the origin. Of three distances among three
    points none is larger than the sum of the others: linear inequalities in the four norms, of
    which one may be 1. Sides may be off by what rounding to three places leaves open.
    """
    printed = {
        (RANDOM, BAD): row.random_to_adversarial,
        (RANDOM, VANILLA): row.random_to_adversarial_vanilla,
        (RANDOM, SOTA): row.random_to_adversarial_sota,
        (BAD, VANILLA): row.adversarial_to_vanilla,
        (BAD, SOTA): row.adversarial_to_sota,
    }
    sides = {(ORIGIN, point): _times_norm(point, 1.0, 0.0) for point in range(1, 5)}
    sides |= {(a, b): _times_norm(b, float(d), ROUNDING) for (a, b), d in printed.items()}
    rows = []
    for triangle in combinations(range(5), 3):
        pairs = list(combinations(triangle, 2))
        if all(pair in sides for pair in pairs):
            for long, one, other in permutations(pairs):
                shortest, longest = sides[long][0], sides[one][1] + sides[other][1]
                rows.append(shortest - longest)
    found = linprog(
        np.zeros(4),
        A_ub=np.array(rows),
        b_ub=np.zeros(len(rows)),
        bounds=[(1, 1)] + 3 * [(0, None)],
    )
    return bool(found.success)


def _times_norm(point: int, distance: float, off: float) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest length of a side, as coefficients of the four norms."""
    unit = np.eye(4)[point - 1]
    return (distance - off) * unit, (distance + off) * unit
