"""Made-up evidence, criteria and claims."""

import math

import numpy as np

from dltheory.statistics import mean
from dltheory.verdicts import Claim, Criterion, Paper
from dltheory.verdicts.record import Where

PAPER = Paper(key="k2020", title="T", authors="A", venue="V", year=2020, version="1")

CLAIM = Claim(
    paper=PAPER,
    row="holds",
    locator="Table 1",
    statement="It holds.",
    kind="superiority",
    formula="θ > 0",
    estimand="θ",
    unit="units",
    refuted_if="it does not",
)

WHERE = Where(tier="fast", case="", test="t.py::t[fast]", command="pytest", plan="0" * 12)


def around(centre, n=12, spread=1.0):
    """Evidence on n seeds with this mean and standard deviation, symmetric about the mean."""
    return mean(per_seed(centre, n, spread))


def per_seed(centre, n=12, spread=1.0):
    steps = np.linspace(-1.0, 1.0, n)
    return centre + spread * steps / np.std(steps, ddof=1)


def repeated(centre, draws, n=12):
    """Fresh seeds after some of mean `centre` and deviation 1, neither of which is the truth."""
    sigma = math.sqrt((n - 1) / draws.chisquare(n - 1))
    theta = centre + sigma / math.sqrt(n) * draws.standard_normal()
    return theta + sigma * draws.standard_normal(n)


def criterion(**fields):
    return Criterion(because="made up", licenses="nothing", **fields)
