"""Lemma 1 extends to convolutional networks, and shallow MLPs embed in deep ones (Remark 2.1).

conv      kernels that copy channels, a first bias that keeps every ReLU open, and a last linear
          layer that takes it back:  F(x) = A x + b on the data, for any A and b;
shallow   every affine map of a ReLU MLP replaced by the MLP of Lemma 1 that equals it:
          F_deep(x) = F_shallow(x) on the data.

Equality holds up to rounding and is measured in units of a rounding bound, in float64.
"""

import numpy as np

from dltheory.data import CIFAR10, Digits
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="cnn-expression",
    locator="Remark 2.1",
    statement="Convolutional networks can equal affine maps on finite data, and deep MLPs shallow "
    "ones.",
    kind="identity",
    formula="max |F(x) − G(x)| / max |G(x)| < rounding bound, x in Ω",
    estimand="1 − (relative gap / its rounding bound), worst case",
    unit="rounding bounds",
    refuted_if="a gap of ten rounding bounds or more in one network",
)


def form(case, data, points, seeds, sentence, **networks):
    """Constructions of one kind on one data set, for several networks."""
    function = {"conv": "affine_in_conv_net", "shallow": "shallow_in_deep"}[case]
    return Form(
        sentence=f"{sentence}, up to rounding in float64.",
        bearing="instance",
        experiment=Experiment(
            arms={
                name: compute(
                    f"claims.goldblum2020truth.deeper_embeddings:{function}",
                    data=data,
                    points=points,
                    **options,
                )
                for name, options in networks.items()
            },
            seeds=seeds,
        ),
        criterion=Criterion(
            slack=9.0,
            because="a gap beyond ten times the rounding bound cannot be rounding",
            deviations=("random maps and MLPs instead of trained ones",),
        ),
    )


FAST = {
    "conv": form(
        "conv",
        Digits(),
        200,
        3,
        "Constructed networks of one and three 3×3 convolutions equal random affine maps on 200 "
        "digits",
        one={"filters": (1,)},
        three={"filters": (4, 3, 2)},
    ),
    "shallow": form(
        "shallow",
        Digits(),
        200,
        3,
        "MLPs with up to eight hidden layers, so constructed, equal random MLPs with one or two on "
        "200 digits",
        one={"shallow": (20,), "between": (24,)},
        two={"shallow": (20, 15), "between": (24, 20)},
    ),
}
FULL = {
    "conv": form(
        "conv",
        CIFAR10(normalised=True),
        1000,
        2,
        "A constructed network of three 3×3 convolutions equals random affine maps on 1,000 "
        "CIFAR-10 images",
        three={"filters": (8, 6, 3)},
    ),
    "shallow": form(
        "shallow",
        CIFAR10(normalised=True),
        1000,
        2,
        "An MLP with eight hidden layers, so constructed, equals random MLPs with two on "
        "1,000 CIFAR-10 images",
        two={"shallow": (128, 64), "between": (160, 144)},
    ),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_conv_nets_and_deeper_mlps_express_what_the_remark_says(measured, judge):
    gap = np.concatenate(list(measured("gap in rounding bounds").values()))
    broken = np.concatenate(list(measured("gap without the offset").values()))

    judge(
        worst_case(1 - gap, method="exact; worst network and seed"),
        controls=[
            holds(
                "without the offset it fails",
                expectation="relative gap above 0.01 in every network",
                observed=f"smallest {broken.min():.3g}",
                held=bool(broken.min() > 0.01),
                when_failed="vacuous",
            )
        ],
        mutants={"no offset": worst_case(1 - broken / 1e-12)},
        plots=[
            cases_plot(
                "gap of each network",
                "relative gap / rounding bound",
                gap,
                threshold=1.0,
                threshold_name="rounding bound",
                log=True,
            )
        ],
    )
