"""With all three heuristics it does not matter where SGD starts (§3, observation 3).

    | E[ accuracy(SOTA, random start) − accuracy(SOTA, adversarial start) ] |  <  m

over seeds, paired. The same experiment must show first that the start matters to vanilla SGD.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean
from dltheory.verdicts import Claim, Criterion, shown

from .gaps import (
    MATTERS,
    accuracies_plot,
    against_true_labels,
    forgets,
    gap,
    matters,
    printed_accuracies,
)
from .paper import PAPER
from .recipes import (
    FORGETS,
    FULL_DEVIATIONS,
    FULL_SEEDS,
    SMALL_WORLD,
    SOTA,
    TEST,
    TRUE,
    VANILLA,
    WORLD,
    experiment,
    for_every_start,
    full_arms,
    small,
)

CLAIM = Claim(
    paper=PAPER,
    row="sota-recovers",
    locator="§3, observation 3; Fig. 3, Table 2",
    statement="With augmentation, ℓ2 and momentum a bad start ends as well as a random one.",
    kind="equivalence",
    formula="|E[acc(SOTA, random start) − acc(SOTA, adversarial start)]| < m",
    estimand="margin − |mean over seeds of the difference in test accuracy, paired by seed|",
    unit="accuracy (fraction)",
    refuted_if="the two starts certainly differ by more than the margin",
)

MARGIN = {"fast": 0.02, "full": 0.01}

FAST = Form(
    experiment=experiment(small(VANILLA, SOTA) | against_true_labels()),
    criterion=Criterion(
        power_at=MARGIN["fast"],
        because="two points are a quarter of what the start costs vanilla SGD (9 on pilots)",
        deviations=SMALL_WORLD,
    ),
    sentence=f"For {WORLD}, SOTA SGD ends within 2 points of test accuracy from an adversarial "
    "and from a random start.",
    bearing="analogue",
    regime=(MATTERS, FORGETS),
)


def at_scale(network, data, copies):
    """One network on one data set, with so many copies in the pretraining."""
    return Form(
        experiment=experiment(
            full_arms(network, data, VANILLA, SOTA, copies=copies)
            | full_arms(network, data, VANILLA, copies=copies, starts=(TRUE,)),
            seeds=FULL_SEEDS,
        ),
        criterion=Criterion(
            power_at=MARGIN["full"],
            because="one point, a thirtieth of the printed drop of vanilla SGD",
            deviations=FULL_DEVIATIONS,
        ),
        sentence=f"For {network} on {data}, SOTA SGD ends within a point of test accuracy after "
        f"random labels, R = {copies}, and from a random start.",
        regime=(MATTERS,),
    )


FULL = for_every_start(at_scale)


@claim(CLAIM, fast=FAST, full=FULL)
def test_sota_sgd_ends_alike_from_both_starts(measured, judge, tier, case_name):
    accuracy = measured(TEST.name, worst=0.0)
    vanilla = mean(gap(accuracy, VANILLA))
    table_2 = tier == "full" and case_name.startswith("resnet18-cifar10")
    printed = printed_accuracies(VANILLA, SOTA)

    judge(
        equivalence(mean(gap(accuracy, SOTA)), margin=MARGIN[tier]),
        regime=[matters(accuracy), *([forgets(SOTA)] if tier == "fast" else [])],
        controls=[
            shown(
                "assay: the start matters to vanilla SGD",
                vanilla,
                above=MARGIN[tier],
            )
        ],
        mutants={"vanilla SGD": equivalence(vanilla, margin=MARGIN[tier])},
        plots=[
            accuracies_plot(
                accuracy, accuracy, vanilla.n, **({"printed": printed} if table_2 else {})
            )
        ],
        printed=("−0.02 pp", "Table 2, any R") if table_2 else None,
    )
