"""One heuristic largely escapes a bad start, two make it irrelevant (§3.5, Table 2).

With g(h) = E[accuracy(h, random start) − accuracy(h, adversarial start)], the cost of the start
under the heuristics h, over seeds, paired:

    one, largely        g(h) < g(vanilla) / 2         for augmentation, ℓ2, momentum, each
    one, not fully      g(h) > 0                      for each
    two, irrelevant     |g(h)| < m                    for each of the three pairs

“Largely” is taken to mean by more than half. The paper's own table contradicts the second for
momentum, whose printed gap is 0.18 points, and the third at the level of its errors
(`table-audit`).
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean
from dltheory.verdicts import Claim, Criterion, shown

from .gaps import accuracies_plot, gap, gaps_table
from .paper import PAPER
from .recipes import (
    ADVERSARIAL,
    FULL_COPIES,
    FULL_DEVIATIONS,
    FULL_SEEDS,
    HEURISTICS,
    ONE,
    RANDOM,
    SMALL_WORLD,
    TEST,
    TRAIN,
    TWO,
    VANILLA,
    arm,
    experiment,
    full_arms,
    small,
)
from .table_2 import BY_NAME

PLACE = {"paper": PAPER, "unit": "accuracy (fraction)", "locator": "§3.5, Table 2"}
ESCAPES = Claim(
    **PLACE,
    row="each-heuristic",
    statement="A single heuristic removes more than half of what an adversarial start costs.",
    kind="threshold",
    formula="g(vanilla) − 2 g(h) > 0, g(h) = E[acc(h, random) − acc(h, adversarial)]",
    estimand="mean over seeds of the vanilla gap minus twice the gap with the heuristic",
    refuted_if="the heuristic certainly leaves more than half of the gap",
)
FALLS_SHORT = Claim(
    **PLACE,
    row="each-heuristic-falls-short",
    statement="A single heuristic does not bring a bad start to the level of a random one.",
    kind="superiority",
    formula="g(h) = E[acc(h, random start) − acc(h, adversarial start)] > 0",
    estimand="mean over seeds of the difference in test accuracy, paired by seed",
    refuted_if="the gap that is left is certainly smaller than the smallest effect",
)
IRRELEVANT = Claim(
    **PLACE,
    row="two-heuristics",
    statement="With two heuristics an adversarial start ends as well as a random one.",
    kind="equivalence",
    formula="|g(h)| < m, g(h) = E[acc(h, random start) − acc(h, adversarial start)]",
    estimand="margin − |mean over seeds of the difference in test accuracy, paired by seed|",
    refuted_if="the two starts certainly differ by more than the margin",
)

MARGIN = {"fast": 0.02, "full": 0.01}
NAMES = {name: name.replace(" + ", "-").replace("ℓ2", "l2").lower() for name in HEURISTICS}
HOW = {short: name for name, short in NAMES.items()}


def forms(names, criterion, expected):
    """One form a heuristic, all on the same trainings."""
    runs = experiment(small(*HEURISTICS))
    return {
        NAMES[name]: Form(
            experiment=runs,
            criterion=Criterion(
                **criterion,
                licenses=f"{name} with a small conv net on digits.",
                deviations=SMALL_WORLD,
                **expected.get(name, {}),
            ),
        )
        for name in names
    }


def at_scale(names, criterion):
    """ResNet-18 on CIFAR-10, for each R that Table 2 may stand for."""
    return {
        f"{NAMES[name]}-R{copies}": Form(
            experiment=experiment(
                full_arms("resnet18", "cifar10", *HEURISTICS, copies=copies), seeds=FULL_SEEDS
            ),
            criterion=Criterion(
                **criterion,
                licenses=f"The paper's Table 2 for {name}, if it was made with R = {copies}.",
                deviations=FULL_DEVIATIONS,
            ),
        )
        for copies in FULL_COPIES
        for name in names
    }


HALF = {"smallest_effect": 0.02, "because": "half of the gap, and two points more to count"}
LEFT = {"smallest_effect": 0.01, "because": "one point, about what seeds differ by"}
LEFT_FULL = {"smallest_effect": 0.005, "because": "half a point; seeds differ by 0.1 to 0.4"}
ALIKE = {"power_at": 0.02, "because": "two points, a quarter of the vanilla gap of the pilots"}
ALIKE_FULL = {"power_at": 0.01, "because": "one point, a thirtieth of the printed vanilla gap"}

REFUTED_ON_PILOTS = {"expected": "REFUTED"}
ESCAPING = {
    "ℓ2": {
        **REFUTED_ON_PILOTS,
        "expected_reason": "pilots: ℓ2 alone leaves 7 of 9 points; at vanilla's small steps decay "
        "is slow, and 60 epochs are too few for it",
    },
    "DA": {
        "expected": "INCONCLUSIVE",
        "expected_reason": "pilots: augmentation leaves 4.4 of 9 points, about half",
    },
    "momentum": {
        "expected": "INCONCLUSIVE",
        "expected_reason": "momentum leaves 3 of 12 points; Student's t confirms, and the "
        "sign-flip test of eight seeds is at its level, on either side as rounding falls",
    },
}
PAIRS = {
    "DA + ℓ2": {
        **REFUTED_ON_PILOTS,
        "expected_reason": "pilots: 3.9 points are left, at vanilla's small steps",
    },
    "DA + momentum": {
        "expected": "INCONCLUSIVE",
        "expected_reason": "pilots: 2.6 points are left, about the margin",
    },
    "ℓ2 + momentum": {
        "expected": "INCONCLUSIVE",
        "expected_reason": "about one point is left; Student's t confirms, and the sign-flip test "
        "of eight seeds is at its level, on either side as rounding falls",
    },
}


def arms_and_table(accuracy, train, name):
    """The gaps of all eight combinations, and a picture of this one beside vanilla SGD."""
    names = [arm(how, start) for how in (VANILLA, name) for start in (RANDOM, ADVERSARIAL)]
    return {
        "plots": [accuracies_plot(accuracy, names, len(accuracy[names[0]]))],
        "tables": [gaps_table(accuracy, train, HEURISTICS)],
    }


def printed_gap(name, tier):
    """The paper's own gap, where the scale is its own."""
    row = BY_NAME[name]
    gap_ = float(row.random.mean) - float(row.adversarial.mean)
    return (f"{gap_:.3f} pp".replace("-", "−"), "Table 2") if tier == "full" else None


def _assay(accuracy):
    return shown("assay: the start costs vanilla SGD something", mean(gap(accuracy, VANILLA)))


def _how(case_name):
    return HOW[case_name.split("-R")[0]]


@claim(ESCAPES, fast=forms(ONE, HALF, ESCAPING), full=at_scale(ONE, HALF))
def test_one_heuristic_removes_more_than_half_of_the_gap(measured, judge, tier, case_name):
    accuracy, train = measured(TEST.name, worst=0.0), measured(TRAIN.name, worst=0.0)
    name, vanilla = _how(case_name), gap(accuracy, VANILLA)

    judge(
        mean(vanilla - 2 * gap(accuracy, name)),
        controls=[_assay(accuracy)],
        mutants={"no heuristic": mean(vanilla - 2 * vanilla)},
        printed=printed_gap(name, tier),
        **arms_and_table(accuracy, train, name),
    )


@claim(FALLS_SHORT, fast=forms(ONE, LEFT, {}), full=at_scale(ONE, LEFT_FULL))
def test_one_heuristic_leaves_a_gap(measured, judge, tier, case_name):
    accuracy, train = measured(TEST.name, worst=0.0), measured(TRAIN.name, worst=0.0)
    name = _how(case_name)

    judge(
        mean(gap(accuracy, name)),
        controls=[_assay(accuracy)],
        mutants={"starts swapped": mean(-gap(accuracy, name))},
        printed=printed_gap(name, tier),
        **arms_and_table(accuracy, train, name),
    )


@claim(IRRELEVANT, fast=forms(TWO, ALIKE, PAIRS), full=at_scale(TWO, ALIKE_FULL))
def test_two_heuristics_make_the_start_irrelevant(measured, judge, tier, case_name):
    accuracy, train = measured(TEST.name, worst=0.0), measured(TRAIN.name, worst=0.0)
    name = _how(case_name)
    vanilla = equivalence(mean(gap(accuracy, VANILLA)), margin=MARGIN[tier])

    judge(
        equivalence(mean(gap(accuracy, name)), margin=MARGIN[tier]),
        controls=[_assay(accuracy)],
        mutants={"no heuristic": vanilla},
        printed=printed_gap(name, tier),
        **arms_and_table(accuracy, train, name),
    )
