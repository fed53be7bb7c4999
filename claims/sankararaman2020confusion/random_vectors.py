"""Random vectors: how nearly orthogonal they are (Lemma B.1), and spreads of gradients (§6)."""

from __future__ import annotations

import math

import torch

from dltheory.experiments import Context
from dltheory.linalg.random_direction_null import cosine_distribution
from dltheory.randomness import stream

Result = dict[str, float | list[float]]


def cap_bound(nu: float, dimension: int) -> float:
    """Eq. (5): √(π/2) exp(−(d − 1) ν²/2), for P(|xᵀy| ≥ ν) of one pair."""
    return math.sqrt(math.pi / 2) * math.exp(-(dimension - 1) * nu**2 / 2)


def near_orthogonality(seed: int, context: Context, *, draws: int = 100) -> Result:
    """Lemma B.1 against the exact law of one pair, and against sets of vectors.

    "exact over bound" is the largest P(|xᵀy| ≥ ν)/cap_bound over dimensions 2 … 10⁴ and all ν.
    For sets of `points` vectors, ν is where the lemma's bound is 0.2; the fraction of sets with a
    pair beyond it is counted for uniform vectors and for Gaussian ones of variance 1/d, not
    normalised.
    """
    del context
    largest, power = 0.0, 0.0
    for dimension in sorted({2, 3, 5, 10, 100, 1000, 10_000, 3 + seed, 20 + 7 * seed}):
        for nu in [i / 50 for i in range(50)]:
            tail = 2 * float(cosine_distribution(-nu, dimension))
            bound = cap_bound(nu, dimension)
            if tail < 1e-200:  # beyond the range of float64 soon
                break
            largest = max(largest, tail / bound)
            wrong = math.sqrt(math.pi / 2) * math.exp(-(dimension + 3) * nu**2 / 2)
            power = max(power, tail / wrong)
    beyond: list[float] = []
    raw: list[float] = []
    generator = stream(seed, "data")
    for points, dimension in ((10, 5), (30, 20), (50, 100)):
        nu = threshold(points, dimension, 0.2)
        for kind, counts in (("unit", beyond), ("raw", raw)):
            x = torch.randn(draws, points, dimension, generator=generator, dtype=torch.float64)
            x = torch.nn.functional.normalize(x, dim=2) if kind == "unit" else x / dimension**0.5
            inner = (x @ x.mT).abs()
            inner.diagonal(dim1=1, dim2=2).zero_()
            counts.append(float((inner.amax(dim=(1, 2)) > nu).double().mean()))
    return {
        "exact over bound": largest,
        "exact over bound with a larger exponent": power,
        "fraction of sets beyond": beyond,
        "fraction of sets beyond, not normalised": raw,
    }


def threshold(points: int, dimension: int, chance: float) -> float:
    """The ν at which N² √(π/8) exp(−(d − 1) ν²/2) is this chance."""
    pairs = points**2 * math.sqrt(math.pi / 8)
    return math.sqrt(2 * math.log(pairs / chance) / (dimension - 1))


def spread_of_gradients(seed: int, context: Context) -> Result:
    """§6: gradients 1/ε with probability ε and ε otherwise; and the converse inequality.

    For ε = 10⁻¹ … 10⁻⁶: mean and variance in closed form, and the mean of a sample's. The
    converse, for two gradients with mean g: ⟨g₁, g₂⟩ = ‖g‖² − σ², σ² = ½ Σ ‖g_i − g‖².
    """
    del context
    generator = stream(seed, "data")
    small = [10.0**-k for k in range(1, 7)]
    means = [1 + e * (1 - e) for e in small]
    variances = [1 / e + (1 - e) * e**2 - m**2 for e, m in zip(small, means, strict=True)]
    tail = torch.rand(200_000, generator=generator).double() < small[0]
    sample = torch.where(tail, 1 / small[0], small[0])
    room, identity, without = math.inf, 0.0, math.inf
    for _ in range(200):
        size = int(torch.randint(1, 50, (1,), generator=generator))
        common, apart = torch.randn(2, size, generator=generator, dtype=torch.float64)
        lean = 10 ** (4 * float(torch.rand(1, generator=generator)) - 2)
        one, other = common + lean * apart, common - lean * apart
        mean = (one + other) / 2
        variance = float((one - mean).square().sum() + (other - mean).square().sum()) / 2
        inner, squared = float(one @ other), float(mean @ mean)
        room = min(room, (variance + squared - abs(inner)) / (variance + squared))
        without = min(without, (variance - abs(inner)) / (variance + squared))
        identity = max(identity, abs(inner - squared + variance) / (variance + squared))
    return {
        "means": means,
        "variances": variances,
        "least inner product": min(e * e for e in small),
        "sampled variance over formula": float(sample.var()) / variances[0],
        "least room of the converse": room,
        "least room without the mean": without,
        "error of the identity": identity,
    }
