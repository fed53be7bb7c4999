"""How losses of several nets go together, seed by seed, and what margins alone would make of it.

Arrays have one row a seed and one column a net. To first order a net of small outputs has

    L = ln C − m,    m = mean over examples of ( f_y − average of all outputs ),

so test and train loss of nets that keep the same share r of their training margin on the test
set lie on the line of slope r through (ln C, ln C), whatever they were divided by.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Matrix = NDArray[np.float64]


def by_net(arms, names) -> Matrix:
    """The samples of these arms side by side."""
    return np.column_stack([arms[name] for name in names])


def lines(x: Matrix, y: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Slope, intercept and share of variance explained of y over x, each per seed.

    Nets that are all alike have no line: slope and share are 0.
    """
    dx, dy = _centred(x), _centred(y)
    slope = _ratio((dx * dy).sum(axis=1), (dx * dx).sum(axis=1), otherwise=0.0)
    left = dy - slope[:, None] * dx
    explained = 1 - _ratio((left * left).sum(axis=1), (dy * dy).sum(axis=1), otherwise=1.0)
    return slope, y.mean(axis=1) - slope * x.mean(axis=1), explained


def residuals(x: Matrix, y: Matrix) -> Matrix:
    """What each net lies above the line of its seed."""
    slope, intercept, _ = lines(x, y)
    return y - slope[:, None] * x - intercept[:, None]


def rank_correlations(x: Matrix, y: Matrix) -> Matrix:
    """Spearman's ρ over the nets of each seed; 0 where one of the two does not vary.

    A net of which either number is NaN is left out.
    """
    known = np.isfinite(x) & np.isfinite(y)
    return np.array([np.mean(_products(a[k], b[k])) for a, b, k in zip(x, y, known, strict=True)])


def rank_correlations_within(x: Matrix, y: Matrix) -> Matrix:
    """Spearman's ρ over the seeds of each level, as a mean over levels, in shares of each seed.

    x and y are ranked among the seeds of one level, so that what the levels differ by says nothing.
    A seed's share is the mean over its nets of the product of both ranks, each with mean 0 and
    variance 1 within its level: the mean of all shares is the mean of the levels' ρ, and shares of
    different seeds are independent but for the ranks of one level having a fixed sum. A net of
    which either number is NaN is left out, and so is a seed without nets.
    """
    shares = np.full(np.shape(x), np.nan)
    for level in range(len(x[0])):
        a, b = x[:, level], y[:, level]
        known = np.isfinite(a) & np.isfinite(b)
        shares[known, level] = _products(a[known], b[known])
    return np.nanmean(shares[np.isfinite(shares).any(axis=1)], axis=1)


def _products(a: Matrix, b: Matrix) -> Matrix:
    """Products of standardised ranks, whose mean is Spearman's ρ; 0 where a side does not vary."""
    if len(a) < 2:
        return np.zeros(1)
    ranks = [rankdata(side) for side in (a, b)]
    left, right = (side - side.mean() for side in ranks)
    spread = np.sqrt((left * left).mean() * (right * right).mean())
    return left * right / spread if spread else np.zeros_like(left)


def known_slopes(values: Matrix, levels: ArrayLike) -> Matrix:
    """The least-squares slope over the levels of each seed, of the nets that are not NaN.

    0 where fewer than two are left.
    """
    found = []
    for row in values:
        known = np.isfinite(row)
        x, y = np.asarray(levels, dtype=float)[known], row[known]
        found.append(np.polyfit(x, y, 1)[0] if len(x) > 1 else 0.0)
    return np.array(found)


def relative_gap(train: Matrix, test: Matrix, classes: int) -> Matrix:
    """(L_test − L_train)/(ln C − L_train): 0 for perfect generalisation, 1 for chance.

    1, too, for a net that has learnt nothing: with a train loss of ln C.
    """
    return _ratio(test - train, math.log(classes) - train, otherwise=1.0)


def margins_alone(
    train_margins: Matrix, test_margins: Matrix, log_norms: Matrix, classes: int
) -> tuple[Matrix, Matrix]:
    """The null: losses ln C − m/s of the same nets, s being the norm product of some other net.

    Norm products are dealt out anew, at random, among all nets of a seed: s knows nothing of the
    net that it divides, and the loss nothing but a mean margin.
    """
    draws = np.random.default_rng(0)
    sizes = np.exp(draws.permuted(log_norms, axis=1))
    chance = math.log(classes)
    return chance - train_margins / sizes, chance - test_margins / sizes


def _ratio(a: Matrix, b: Matrix, *, otherwise: float) -> Matrix:
    """a/b, and what stands for it where b is 0."""
    return np.divide(a, b, out=np.full(np.shape(a), otherwise), where=b != 0)


def _centred(values: ArrayLike) -> Matrix:
    numbers = np.asarray(values, dtype=float)
    return numbers - numbers.mean(axis=1, keepdims=True)
