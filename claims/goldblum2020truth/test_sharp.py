"""Suboptimal minima are sharper than good ones (Remark 2.2).

    E log₁₀ ( λ_max(suboptimal) / λ_max(default) ) > 0,   1 is what the remark could mean least,

λ_max the largest eigenvalue of the loss's Hessian after training, paired by seed. The paper prints
113,598.85 against 24.01, a factor of 4,700. λ_max is no property of a function: dividing one layer
and multiplying the next leaves the network alone and changes λ_max at will (Dinh et al. 2017). The
control shows that on the good minimum itself.
"""

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, arms_plot, shown, table

from . import table_1
from .local_minima_recipes import (
    CODE_CONSTANTS,
    DEFAULT,
    DEFAULT_STEP,
    DIGITS_MLP_ARMS,
    DIGITS_WORLD,
    SMALL_STEP,
    TABLE_1,
    TABLE_1_ARMS,
    TABLE_1_EMBEDDED,
    embedded,
    lemma_1_default,
)
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="sharp",
    locator="Remark 2.2",
    statement="At the suboptimal points the largest eigenvalue is far larger than where the "
    "default initialisation ends.",
    kind="superiority",
    formula="E log₁₀(λ_max(suboptimal) / λ_max(default)) > 0",
    estimand="mean over seeds of log₁₀ of the ratio, the smallest over suboptimal points",
    unit="powers of ten",
    refuted_if="the ratio is certainly below ten for one kind of suboptimal point",
)

EMBEDDED = "embedded linear classifier"
MEASURED = (
    quantity("hessian_extremes", limit=120),
    quantity("rescaled_sharpness", factor=30.0, limit=120),
    quantity("loss"),
)
ENDS, RESCALED, LOSS = (what.name for what in MEASURED)
LARGEST = 3  # place among the numbers of the probe


def form(arms, seeds, licenses, deviations, reason=""):
    """The default and suboptimal points, all of one architecture where the paper has one."""
    return Form(
        experiment=Experiment(arms=arms, seeds=seeds, measure=MEASURED),
        criterion=Criterion(
            smallest_effect=1.0,
            because="a factor of ten is the least that the printed 4,700 could mean",
            licenses=licenses,
            expected="REFUTED" if reason else "CONFIRMED",
            expected_reason=reason,
            deviations=deviations,
        ),
    )


FAST = {
    "lemma-1": form(
        {
            DEFAULT: lemma_1_default(DEFAULT_STEP),
            EMBEDDED: embedded(offset=2.0, learning_rate=SMALL_STEP),
        },
        5,
        "λ_max in the parametrisation of Lemma 1; the same function can have any other.",
        DIGITS_WORLD,
    ),
    "big-bias": form(
        DIGITS_MLP_ARMS,
        5,
        "λ_max where large biases end.",
        DIGITS_WORLD,
        "the networks from large biases are dead: their loss depends on one bias vector, and the "
        "Hessian is smaller than at the good minimum",
    ),
}
FULL = {
    "lemma-1": form(
        {DEFAULT: TABLE_1, EMBEDDED: TABLE_1_EMBEDDED},
        3,
        "The two numbers of Remark 2.2.",
        ("the two networks differ, as in the code", *CODE_CONSTANTS),
    ),
    "big-bias": form(TABLE_1_ARMS, 3, "Rows 1, 3 and 4 of Table 1.", CODE_CONSTANTS),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_suboptimal_minima_are_sharper_than_the_good_one(measured, judge, case_name):
    ends, moved, loss = measured(ENDS), measured(RESCALED), measured(LOSS)
    sharpness = {arm: np.log10(np.maximum(e[:, LARGEST], 1e-12)) for arm, e in ends.items()}
    suboptimal = [arm for arm in sharpness if arm != DEFAULT]
    rescaled = np.log10(np.maximum(moved[DEFAULT], 1e-12))
    sharpest = np.max([sharpness[arm] for arm in suboptimal], axis=0)

    def sharper(levels, good):
        return weakest(*(paired_difference(levels[arm], good) for arm in suboptimal))

    printed = {
        DEFAULT: float(table_1.DEFAULT.largest_after),
        EMBEDDED: float(table_1.LEMMA_1.largest_after),
    }
    eigenvalues = {arm: 10**levels for arm, levels in sharpness.items()}
    judge(
        sharper(sharpness, sharpness[DEFAULT]),
        controls=[
            shown(
                "the limit of the measure: the good minimum, rescaled, is sharper than all of them",
                paired_difference(rescaled, sharpest),
            )
        ],
        mutants={
            "the good minimum, rescaled, as the good one": sharper(sharpness, rescaled),
        },
        plots=[
            arms_plot(
                "largest eigenvalue after training",
                "λ_max",
                {**eigenvalues, "default, rescaled": 10**rescaled},
                seeds=range(len(rescaled)),
                log=True,
                printed=printed if case_name == "lemma-1" else {DEFAULT: printed[DEFAULT]},
            )
        ],
        tables=[
            table(
                "Means over seeds (λ_max: geometric)",
                ["arm", "loss", "λ_max"],
                [
                    [arm, float(loss[arm].mean()), f"{10 ** sharpness[arm].mean():.4g}"]
                    for arm in sharpness
                ],
            )
        ],
        printed=("4731", "Remark 2.2, 113,598.85 / 24.01") if case_name == "lemma-1" else None,
    )
