"""Fourier transforms give the singular values of a circular convolution (§5, A.7; Sedghi et al.).

For a kernel K and maps of n×n positions that close on themselves, the singular values of x ↦ K ∗ x
are those of the matrices K̂(ω) = Σ_q K[q] exp(−2πi ω·q/n), one a frequency; with strides, of the
folded ones. Everything that this paper says of rank is computed so. Held against the matrix of the
map, written out entry by entry, on layers that Hypothesis chooses to be bad, in float64.

Networks pad with zeros, which is another map: the control says how far its singular values lie.
"""

import numpy as np

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="conv-svd",
    locator="§5 and A.7, after Sedghi, Gupta and Long 2019",
    statement="The Fourier method gives the singular values of a circular convolution.",
    kind="identity",
    formula="max |σ_k(Fourier) − σ_k(explicit matrix)| < rounding bound",
    estimand="1 − (largest difference / its rounding bound), worst case",
    unit="rounding bounds",
    refuted_if="a difference of ten rounding bounds or more in one layer",
)

FAST = Form(
    sentence="For random convolutions on closed maps, of up to six channels, kernels of up to 5×5 "
    "and strides of up to 3, Fourier transforms give the singular values of the explicit matrix up "
    "to rounding.",
    experiment=Experiment(
        arms={"Fourier": compute("claims.goldblum2020truth.conv_svd:conv_svd")}, seeds=8
    ),
    criterion=Criterion(
        slack=9.0,
        because="the bound is twice n·ε·σ₁(|K|), once for each decomposition; ten bounds cannot be "
        "rounding",
    ),
)


@claim(CLAIM, fast=FAST)
def test_fourier_transforms_give_the_singular_values_of_a_circular_convolution(measured, judge):
    gap = measured("gap in rounding bounds")["Fourier"]
    short = measured("gap with a transform one position too short")["Fourier"]
    padding = measured("zero padding, relative")["Fourier"]

    judge(
        worst_case(1 - gap, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "zero padding is another map",
                expectation="a singular value differs by more than 1 % of σ₁ in every layer",
                observed=f"differences of {padding.min():.2g} to {padding.max():.2g} of σ₁",
                held=bool(np.min(padding) > 0.01),
                when_failed="vacuous",
            )
        ],
        mutants={"a transform one position too short": worst_case(1 - short)},
        plots=[
            cases_plot(
                "worst gap of each search",
                "largest difference / rounding bound",
                gap,
                threshold=1.0,
                threshold_name="rounding bound",
                log=True,
            )
        ],
    )
