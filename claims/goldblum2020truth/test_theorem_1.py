"""The embedded linear minimiser is a local minimum of the MLP's loss (Theorem 1).

Take the linear classifier of smallest training loss, embed it by Lemma 1 in an MLP, and free all
parameters of all layers. The theorem says that no point near it has a lower loss. What is checked
is a certificate: equal loss, zero gradient, no eigenvalue of the Hessian below −tolerance, no lower
loss in a ball around it at random or by projected descent. That a search finds nothing proves no
theorem; that it finds a way down refutes one. So this claim is confirmed or left open, and the two
controls, a moved point and a default initialisation, must both be seen to lead down.
"""

import math

from dltheory.data import CIFAR10, CorruptedLabels, Digits
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion

from .certificate_margins import BECAUSE, NAMES, certificate_table, leads_down, margins
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="theorem-1",
    locator="Theorem 1, A.2",
    statement="A linear classifier's minimum, embedded in a ReLU MLP, is a local minimum of the "
    "MLP's loss.",
    kind="existence",
    formula="L(φ) ≥ L(φ′) for all φ in a ball around φ′, with L(φ′) = min over A, b of L(A, b)",
    estimand="the smallest margin of the certificate, each part in units of its tolerance",
    unit="tolerances",
    refuted_if="nothing: a failed certificate is inconclusive; a way down shows in the margins",
)

EMBEDDED, MOVED, DEFAULT = "embedded minimiser", "embedded, then moved", "default initialisation"
STARTS = {EMBEDDED: "minimiser", MOVED: "elsewhere", DEFAULT: "default"}


def experiment(data, pool, points, hidden, seeds):
    """One certificate per starting point and seed."""
    return Experiment(
        arms={
            arm: compute(
                "claims.goldblum2020truth.theorem_1:certificate",
                data=data,
                pool=pool,
                points=points,
                hidden=hidden,
                start=start,
            )
            for arm, start in STARTS.items()
        },
        seeds=seeds,
    )


FAST = Form(
    sentence="In 16-12-12-10 ReLU MLPs on 1,000 pooled digits with a fifth of the labels redrawn, "
    "the embedded minimiser of the linear classifier passes every test of a local minimum.",
    bearing="instance",
    experiment=experiment(CorruptedLabels(data=Digits(), fraction=0.2), 2, 1000, (12, 12), 3),
    criterion=Criterion(
        slack=math.inf,
        because=BECAUSE,
        deviations=("noisy digits of 4 × 4 pixels (a linear minimum exists) instead of CIFAR-10",),
    ),
)
FULL = Form(
    sentence="In a 192-64-64-10 ReLU MLP on all training images of CIFAR-10, pooled to 8 × 8, the "
    "embedded minimiser of the linear classifier passes every test of a local minimum.",
    bearing="instance",
    experiment=experiment(CIFAR10(normalised=True), 4, 50_000, (64, 64), 1),
    criterion=Criterion(
        slack=math.inf,
        because=BECAUSE,
        deviations=(
            "two hidden layers of 64 units; the paper prints no widths",
            "images pooled to 8 × 8, so that the linear minimum can be found to 13 digits",
        ),
    ),
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_the_embedded_linear_minimiser_is_a_local_minimum(measured, judge):
    parts = {name: measured(name) for name in (*NAMES, "share of open ReLUs")}

    judge(
        worst_case(margins(parts, EMBEDDED), method="certificate, checked again; worst seed"),
        controls=[leads_down(parts, arm) for arm in (MOVED, DEFAULT)],
        mutants={"an embedded classifier that is no minimiser": worst_case(margins(parts, MOVED))},
        plots=[],
        tables=[certificate_table(parts, STARTS)],
    )
