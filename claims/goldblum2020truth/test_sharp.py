"""Suboptimal minima are sharper than good ones (Remark 2.2).

    E log₁₀ ( λ_max(suboptimal) / λ_max(default) ) > 0,   1 is what the remark could mean least,

λ_max the largest eigenvalue of the loss's Hessian after training, paired by seed. The paper prints
113,598.85 against 24.01, a factor of 4,700. λ_max is no property of a function: dividing one layer
and multiplying the next leaves the network alone and changes λ_max at will (Dinh et al. 2017). So
the suboptimal points must also be sharper than the good minimum so rescaled; where they are not,
what differs may be the parametrisation alone, and the claim is confounded.

A point counts as a minimum if its gradient is at most twice as long as the one printed in its row.
In the small world networks from biases in U(±50) are still on their way, and are left out.
"""

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, Verdict, arms_plot, shown, table

from . import table_1
from .lemma_1_recipes import DEFAULT_DESCENT, WORLD, trained_on
from .local_minima_recipes import (
    CODE_CONSTANTS,
    DEFAULT,
    DIGITS_MLP_ARMS,
    DIGITS_WORLD,
    PLUS_20,
    TABLE_1,
    TABLE_1_ARMS,
    TABLE_1_EMBEDDED,
    UNIFORM_50,
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
    quantifier="every",
)

EMBEDDED = "embedded linear classifier"
MEASURED = (
    quantity("hessian_extremes", limit=120),
    quantity("hessian_extremes", limit=120, at=0),
    quantity("rescaled_sharpness", factor=30.0, limit=120),
    quantity("loss"),
    quantity("gradient_norm"),
)
ENDS, STARTS, RESCALED, LOSS, SLOPE = (what.name for what in MEASURED)
LARGEST = 3  # place among the numbers of the probe
PRINTED = 3.675  # log₁₀(113,598.85 / 24.01)
ROWS = {
    EMBEDDED: table_1.LEMMA_1,
    PLUS_20: table_1.BIAS_20,
    UNIFORM_50: table_1.UNIFORM_50,
}
AT_REST = "the suboptimal points are ends: gradient norm at most twice that printed in the row"


def form(arms, sentence, deviations, expected: Verdict = "CONFIRMED", reason="", **plan):
    """The default and suboptimal points, all of one architecture where the paper has one."""
    small = "first_seed" in plan
    return Form(
        sentence=sentence,
        bearing="analogue" if small else "claim",
        regime=(AT_REST,),
        experiment=Experiment(arms=arms, measure=MEASURED, **plan),
        criterion=Criterion(
            smallest_effect=1.0,
            printed_effect=PRINTED if EMBEDDED in arms else None,
            because="a factor of ten is the least that the printed 4,700 could mean",
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


FRESH = {"seeds": LOOKS, "first_seed": FIRST_SEED}
SHARPER = "has a largest eigenvalue of the Hessian at least ten times"
SMALL = "of an MLP on 500 digits with a fifth of the labels redrawn"
FAST = {
    "lemma-1": form(
        {DEFAULT: DEFAULT_DESCENT, EMBEDDED: trained_on(DEFAULT_DESCENT)},
        "Where training from an embedded linear minimum ends, the loss of an MLP on 500 digits of "
        f"4 × 4 pixels with half of the labels redrawn {SHARPER} that at the end of training from "
        "the default initialisation.",
        WORLD,
        "INCONCLUSIVE",
        "the good minimum, rescaled, was the sharper one in pilots",
        **FRESH,
    ),
    "bias-20": form(
        {arm: DIGITS_MLP_ARMS[arm] for arm in (DEFAULT, PLUS_20)},
        f"Where training from biases + 20 ends, the loss {SMALL} {SHARPER} that at the end of "
        "training from the default initialisation.",
        DIGITS_WORLD,
        "REFUTED",
        "the networks from large biases are dead: their loss depends on one bias vector, and the "
        "Hessian is smaller than at the good minimum",
        **FRESH,
    ),
}
FULL = {
    "lemma-1": form(
        {DEFAULT: TABLE_1, EMBEDDED: TABLE_1_EMBEDDED},
        f"As in Remark 2.2, the loss of an MLP on CIFAR-10 {SHARPER} that of the default end where "
        "training from an embedded linear classifier ends.",
        ("the two networks differ, as in the code", *CODE_CONSTANTS),
        seeds=3,
    ),
    "big-bias": form(
        TABLE_1_ARMS,
        f"As in rows 3 and 4 of Table 1, the loss of an MLP on CIFAR-10 {SHARPER} that of the "
        "default end where training from biases + 20 and from biases in U(±50) ends.",
        CODE_CONSTANTS,
        seeds=3,
    ),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_suboptimal_minima_are_sharper_than_the_good_one(measured, judge, case_name):
    loss, slope = measured(LOSS), measured(SLOPE)
    sharpness = {arm: _log(ends[:, LARGEST]) for arm, ends in measured(ENDS).items()}
    suboptimal = [arm for arm in sharpness if arm != DEFAULT]
    rescaled = _log(measured(RESCALED)[DEFAULT])
    untrained = _log(measured(STARTS)[DEFAULT][:, LARGEST])
    allowed = {arm: 2 * float(ROWS[arm].after.gradient) for arm in suboptimal}

    def sharper_than(good):
        return weakest(*(paired_difference(sharpness[arm], good) for arm in suboptimal))

    printed = {
        DEFAULT: float(table_1.DEFAULT.largest_after),
        EMBEDDED: float(table_1.LEMMA_1.largest_after),
    }
    eigenvalues = {arm: 10**levels for arm, levels in sharpness.items()}
    judge(
        sharper_than(sharpness[DEFAULT]),
        controls=[
            shown(
                "no matter of parametrisation: they are sharper than the good minimum, rescaled",
                sharper_than(rescaled),
                when_failed="confounded",
            )
        ],
        regime=[shown(AT_REST, weakest(*(mean(allowed[arm] - slope[arm]) for arm in suboptimal)))],
        mutants={
            "an untrained network for the suboptimal point": paired_difference(
                untrained, sharpness[DEFAULT]
            )
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


def _log(eigenvalues):
    return np.log10(np.maximum(eigenvalues, 1e-12))
