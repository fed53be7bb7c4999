"""Is it regularisation that repairs a bad start (abstract, §3.5, §4)?

Momentum 0.9 moves ten times as far as plain SGD with the same learning rate, and what the paper
calls vanilla takes the small steps. So three things could repair: regularisation (augmentation and
ℓ2), the size of the steps, or simply more training. With g(h) the cost of the start under h,

    θ  =  g(plain SGD with ten times the learning rate) − g(augmentation and ℓ2, small steps)

is positive if regularisation repairs more than large steps do, over seeds, paired. Beside it the
card shows what part of the vanilla gap each of them closes, 1 − g(h)/g(vanilla), and what a start
of the same length on the true labels costs.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import mean
from dltheory.verdicts import Claim, Criterion, arms_plot, shown, table

from .gaps import MATTERS, forgets, gap, matters
from .paper import PAPER
from .recipes import (
    ADVERSARIAL,
    FORGETS,
    FULL_COPIES,
    FULL_DEVIATIONS,
    FULL_SEEDS,
    HEURISTICS,
    LARGE_STEPS,
    RANDOM,
    SMALL_WORLD,
    TEST,
    TRUE,
    VANILLA,
    WORLD,
    arm,
    experiment,
    full_arms,
    small,
)

CLAIM = Claim(
    paper=PAPER,
    row="what-repairs",
    locator="abstract, §3.5, §4",
    statement="Regularisation, rather than larger steps, is what repairs an adversarial start.",
    kind="superiority",
    formula="g(plain SGD at lr/(1 − m)) − g(DA + ℓ2 at lr) > 0, g the cost of the start",
    estimand="mean over seeds of the difference of two gaps in test accuracy, paired by seed",
    unit="accuracy (fraction)",
    refuted_if="regularisation certainly closes no more of the gap than large steps do, up to the "
    "smallest effect",
)

REGULARISED = "DA + ℓ2"

FAST = Form(
    experiment=experiment(
        small(*HEURISTICS, LARGE_STEPS) | small(VANILLA, starts=(TRUE,)),
    ),
    criterion=Criterion(
        smallest_effect=0.04,
        because="what 16 seeds decide with power 0.8, by pilots; the start costs 11 points",
        deviations=SMALL_WORLD,
    ),
    sentence=f"For {WORLD}, augmentation with ℓ2 at small steps leaves at least 4 points less of "
    "what a bad start costs than ten times larger steps do.",
    bearing="analogue",
    regime=(MATTERS, FORGETS),
)
FULL = {
    f"resnet18-cifar10-R{copies}": Form(
        experiment=experiment(
            full_arms("resnet18", "cifar10", *HEURISTICS, LARGE_STEPS, copies=copies)
            | full_arms("resnet18", "cifar10", VANILLA, copies=copies, starts=(TRUE,)),
            seeds=FULL_SEEDS,
        ),
        criterion=Criterion(
            smallest_effect=0.01,
            because="one point; by Table 2, DA + ℓ2 leaves 0.5 and momentum 0.2",
            deviations=FULL_DEVIATIONS,
        ),
        sentence="For ResNet-18 on CIFAR-10, augmentation with ℓ2 leaves at least a point less of "
        f"what random labels, R = {copies}, cost than ten times larger steps do.",
        regime=(MATTERS,),
    )
    for copies in FULL_COPIES
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_regularisation_repairs_more_than_large_steps(measured, judge, tier):
    accuracy = measured(TEST.name, worst=0.0)
    ways = [*HEURISTICS, LARGE_STEPS]
    gaps = {how: gap(accuracy, how) for how in ways}
    longer = gap(accuracy, VANILLA, TRUE)
    difference = gaps[LARGE_STEPS] - gaps[REGULARISED]

    judge(
        mean(difference),
        regime=[matters(accuracy), *([forgets(REGULARISED)] if tier == "fast" else [])],
        controls=[
            shown(
                "the labels matter, not the length: as long on true labels costs less",
                mean(gaps[VANILLA] - longer),
                when_failed="confounded",
            ),
        ],
        mutants={"no regularisation": mean(gaps[LARGE_STEPS] - gaps[VANILLA])},
        plots=[
            arms_plot(
                "what the adversarial start costs",
                "gap in test accuracy",
                {**gaps, "vanilla, after as long on true labels": longer},
                seeds=range(len(longer)),
                paired=False,
            )
        ],
        tables=[_table(accuracy, gaps, longer)],
    )


def _table(accuracy, gaps, longer):
    lost = gaps[VANILLA].mean()
    rows = [
        [
            how,
            100 * accuracy[arm(how, RANDOM)].mean(),
            100 * accuracy[arm(how, ADVERSARIAL)].mean(),
            100 * left.mean(),
            100 * (1 - left.mean() / lost),
        ]
        for how, left in gaps.items()
    ]
    rows.append(
        [
            "vanilla, after as long on true labels",
            100 * accuracy[arm(VANILLA, RANDOM)].mean(),
            100 * accuracy[arm(VANILLA, TRUE)].mean(),
            100 * longer.mean(),
            100 * (1 - longer.mean() / lost),
        ]
    )
    return table(
        "What repairs a bad start (percent; points; percent of the vanilla gap)",
        ["SGD with", "random start", "other start", "gap", "closed"],
        rows,
    )
