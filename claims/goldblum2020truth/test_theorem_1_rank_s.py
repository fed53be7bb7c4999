"""With a bottleneck of s units the inherited minimum is that of the rank-s classifier (Theorem 1).

    L(φ′) = min over A, b with rank A ≤ s of L(A, b),   φ′ a local minimum,

for MLPs whose narrowest layer has s units. The minimum of rank s is found by L-BFGS and polished by
Newton's method; the certificate at the embedded point is that of `theorem-1`, over all parameters
of all layers. It is a minimum above the linear one, since the bottleneck costs something.
"""

import math

from dltheory.data import CIFAR10, CorruptedLabels, Digits
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, arms_plot, holds

from .certificate_margins import (
    BECAUSE,
    LOSS_TOLERANCE,
    NAMES,
    certificate_table,
    leads_down,
    margins,
)
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="theorem-1-rank-s",
    locator="Theorem 1, A.2",
    statement="An MLP with a bottleneck inherits the minimum of the linear classifier of that "
    "rank.",
    kind="existence",
    formula="L(φ) ≥ L(φ′) near φ′, with L(φ′) = min of L(A, b) over rank A ≤ s, s = min n_i",
    estimand="the smallest margin of the certificate, each part in units of its tolerance",
    unit="tolerances",
    refuted_if="nothing: a failed certificate is inconclusive; a way down shows in the margins",
)

RANKS = (2, 4)
MINIMA = {f"rank {rank}": rank for rank in RANKS}
MOVED = {f"rank {rank}, moved": rank for rank in RANKS}
FULL_RANK = "rank 10"
ABOVE = "rank-s minimum above the linear minimum"


def experiment(data, pool, points, width, seeds):
    """A certificate for each rank at its minimum, beside it, and at full rank."""

    def certificate(rank, start):
        return compute(
            "claims.goldblum2020truth.rank_s_minima:certificate",
            data=data,
            pool=pool,
            points=points,
            hidden=(width, rank, width),
            rank=rank,
            start=start,
        )

    return Experiment(
        arms={
            **{arm: certificate(rank, "minimiser") for arm, rank in MINIMA.items()},
            FULL_RANK: certificate(10, "minimiser"),
            **{arm: certificate(rank, "elsewhere") for arm, rank in MOVED.items()},
        },
        seeds=seeds,
    )


FAST = Form(
    sentence="In 16-12-s-12-10 ReLU MLPs with s = 2 and 4, on 500 pooled digits with a fifth of "
    "the labels redrawn, the embedded rank-s minimiser passes every test of a local minimum.",
    bearing="instance",
    experiment=experiment(CorruptedLabels(data=Digits(), fraction=0.2), 2, 500, 12, seeds=2),
    criterion=Criterion(
        slack=math.inf,
        because=BECAUSE,
        deviations=("noisy digits of 4 × 4 pixels (a linear minimum exists) instead of CIFAR-10",),
    ),
)
FULL = Form(
    sentence="In 48-64-s-64-10 ReLU MLPs with s = 2 and 4, on 10,000 CIFAR-10 images pooled to "
    "4 × 4, the embedded rank-s minimiser passes every test of a local minimum.",
    bearing="instance",
    experiment=experiment(CIFAR10(normalised=True), 8, 10_000, 64, seeds=1),
    criterion=Criterion(
        slack=math.inf,
        because=BECAUSE,
        deviations=(
            "hidden layers of 64, s and 64 units; the paper prints no widths",
            "10,000 images pooled to 4 × 4, so that the minima can be found to 13 digits",
        ),
    ),
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_a_bottleneck_inherits_the_minimum_of_its_rank(measured, judge):
    parts = {name: measured(name) for name in (*NAMES, "share of open ReLUs", ABOVE)}
    above = parts[ABOVE]
    lost = min(above[arm].min() for arm in MINIMA)
    kept = max(abs(above[FULL_RANK]))

    judge(
        worst_case(
            [m for arm in MINIMA for m in margins(parts, arm)],
            method="certificate, checked again; worst rank and seed",
        ),
        controls=[
            *(leads_down(parts, arm) for arm in MOVED),
            holds(
                "at full rank the loss is that of the unrestricted classifier",
                expectation=f"within {LOSS_TOLERANCE:g} nats",
                observed=f"{kept:.3g} above",
                held=bool(kept < LOSS_TOLERANCE),
            ),
            holds(
                "the bottleneck costs something",
                expectation="the minimum of rank s lies more than 0.01 nats above the linear one",
                observed=f"smallest {lost:.3g}",
                held=bool(lost > 0.01),
                when_failed="confounded",
            ),
        ],
        mutants={
            "embedded classifiers that are no minimisers": worst_case(
                [m for arm in MOVED for m in margins(parts, arm)]
            )
        },
        plots=[
            arms_plot("loss by rank", "nats", parts["loss"], seeds=range(len(above[FULL_RANK])))
        ],
        tables=[certificate_table(parts, [*MINIMA, FULL_RANK, *MOVED])],
    )
