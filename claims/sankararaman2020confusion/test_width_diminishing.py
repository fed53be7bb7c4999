"""The gain of width diminishes: in some cases, after a certain point (A.5, Figs 13 and 14).

The gain is how many decades the final training loss falls by when the width grows by one factor.
What the first such step gains is to be more than what the last one does:

    mlp     tanh MLPs of 20 layers, ℓ = 8 … 64: from 8 to 16 against from 32 to 64;
    wrn     at full scale WRN-16-ℓ: from 2 to 3 against from 4 to 6.
"""

import numpy as np

from claims.dealt import dealt
from dltheory.plugin import Form, claim
from dltheory.statistics import mean
from dltheory.verdicts import Bearing, Claim, Criterion, Verdict, arms_plot, shown, table

from . import test_width_mlp
from .architecture_trends import SOME_TRAIN, decades, some_train
from .convolutional_sweeps import Family
from .paper import PAPER
from .recipes import CNN_DEVIATIONS, LOSS, ONE_SPLIT

CLAIM = Claim(
    paper=PAPER,
    row="width-diminishing",
    locator="Appendix A.5, Figs 13 and 14",
    statement="In some cases widening a network gains less and less.",
    kind="superiority",
    formula="log₁₀ L(ℓ)/L(kℓ) at the narrow end − the same at the wide end > 0",
    estimand="mean over seeds of the difference of the two gains",
    unit="decades of the loss",
    quantifier="some",
    refuted_if="the difference is certainly smaller than the smallest effect, or of the other sign",
)

WRNS = {name: Family(factor="width", data=name, skips=True) for name in ("cifar10", "cifar100")}
STEPS = {
    "mlp": (("8", "16"), ("32", "64")),
    "wrn-cifar10": (("2", "3"), ("4", "6")),
    "wrn-cifar100": (("2", "3"), ("4", "6")),
}


def form(
    name,
    world,
    experiment,
    effect,
    because,
    deviations,
    bearing: Bearing = "analogue",
    expected: Verdict = "CONFIRMED",
    reason="",
):
    """One family of networks."""
    (a, b), (c, d) = STEPS[name]
    return Form(
        experiment=experiment,
        sentence=f"In {world}, the final training loss falls from width {a} to {b} by at least "
        f"{effect:g} decades more than from {c} to {d}.",
        bearing=bearing,
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


FAST = {
    "mlp": form(
        "mlp",
        test_width_mlp.WORLD,
        test_width_mlp.SMALL,
        0.35,
        "what 24 seeds decide with power 0.8, by the spread of pilots",
        test_width_mlp.SMALL_WORLD,
        expected="REFUTED",
        reason="the narrowest networks hardly train, so that the first step gains less",
    ),
}
FULL = {
    f"wrn-{name}": form(
        f"wrn-{name}",
        family.world("loss"),
        family.experiment("loss"),
        0.1,
        "a tenth of a decade, on axes of three",
        CNN_DEVIATIONS,
        bearing="claim",
    )
    for name, family in WRNS.items()
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_the_gain_of_width_diminishes(measured, judge, case_name):
    losses = measured(LOSS.name)
    logs = {arm: decades(values) for arm, values in losses.items()}
    (a, b), (c, d) = STEPS[case_name]
    first, last = logs[a] - logs[b], logs[c] - logs[d]
    mixed = dealt(np.column_stack([first, last]))
    classes = 100 if case_name.endswith("100") else 10
    judge(
        mean(first - last),
        controls=[
            shown("the first step gains at all", mean(first), when_failed="vacuous"),
        ],
        regime=[some_train(np.column_stack(list(losses.values())), classes)],
        mutants={"gains dealt at random": mean(mixed[:, 0] - mixed[:, 1])},
        plots=[arms_plot("log₁₀ of the final loss", "decades", logs, seeds=range(len(first)))],
        tables=[
            table(
                "Mean gains, in decades",
                ["from", "to", "gain"],
                [[a, b, first.mean()], [c, d, last.mean()]],
            )
        ],
    )
