"""Weight decay generalises better than no penalty (§3; 11 rows of Tables 2, 3 and 8).

    E[ accuracy(weight decay) − accuracy(no penalty) ]  >  0,

over initialisations and batch orders, paired by seed. The paper says so of all its networks.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, paired_difference
from dltheory.verdicts import Claim, Criterion, shown

from .paper import PAPER
from .recipes import (
    CLEAN_DIGITS_MLP,
    DECAY,
    DIGITS_MLP_ARMS,
    DIGITS_MLP_DECAY,
    DIGITS_RESNET_ARMS,
    DIGITS_RESNET_WORLD,
    NO_PENALTY,
    RESNET18_DEVIATIONS,
    SHUFFLED_DIGITS_MLP,
    experiment,
    resnet18_arms,
)

CLAIM = Claim(
    paper=PAPER,
    row="decay-helps",
    locator="§3, Tables 2, 3 and 8",
    statement="Networks trained with weight decay classify unseen images better than without.",
    kind="superiority",
    formula="E[acc(weight decay) − acc(no penalty)] > 0",
    estimand="mean over seeds of the difference in test accuracy, paired by seed",
    unit="accuracy (fraction)",
    refuted_if="the gain is certainly smaller than the smallest effect, or negative",
)

SHUFFLED = "shuffled labels"
SHUFFLED_DECAY = "shuffled labels, weight decay"
SMALL_WORLD = "one percentage point, five of the 500 test images, is the least worth a penalty"

MLP = Form(
    experiment=experiment(
        {
            NO_PENALTY: DIGITS_MLP_ARMS[NO_PENALTY],
            DECAY: DIGITS_MLP_ARMS[DECAY],
            SHUFFLED: SHUFFLED_DIGITS_MLP,
            SHUFFLED_DECAY: SHUFFLED_DIGITS_MLP.but(penalty=DIGITS_MLP_DECAY),
        },
        seeds=12,
    ),
    criterion=Criterion(
        smallest_effect=0.01,
        because=SMALL_WORLD,
        licenses="Weight decay helps a three-hidden-layer MLP on digits with 20 % noisy labels.",
        deviations=("digits with 20 % corrupted training labels instead of CIFAR",),
    ),
)

CLEAN_MLP = Form(
    experiment=experiment(
        {
            NO_PENALTY: CLEAN_DIGITS_MLP,
            DECAY: CLEAN_DIGITS_MLP.but(penalty=DIGITS_MLP_DECAY),
            SHUFFLED: SHUFFLED_DIGITS_MLP,
            SHUFFLED_DECAY: SHUFFLED_DIGITS_MLP.but(penalty=DIGITS_MLP_DECAY),
        },
        seeds=12,
    ),
    criterion=Criterion(
        smallest_effect=0.01,
        because=SMALL_WORLD,
        licenses="The same decay on clean digits: “for all networks” does not extend to easy data.",
        expected="REFUTED",
        expected_reason="clean digits leave a penalty nothing to do: 97 % are right without it",
        deviations=("clean digits instead of CIFAR",),
    ),
)

RESNET = Form(
    experiment=experiment({arm: DIGITS_RESNET_ARMS[arm] for arm in (NO_PENALTY, DECAY)}, seeds=20),
    criterion=Criterion(
        smallest_effect=0.01,
        because=SMALL_WORLD,
        licenses="Weight decay helps a small ResNet with batch normalisation on noisy digits.",
        deviations=DIGITS_RESNET_WORLD,
    ),
)

RESNET18 = {
    name: Form(
        experiment=experiment(resnet18_arms(normalised=normalised), seeds=(5, 10, 20)),
        criterion=Criterion(
            smallest_effect=0.003,
            because="half of the smaller printed gain of ResNet-18 on CIFAR-10, 0.60 pp",
            licenses="The paper's own statement for ResNet-18 on CIFAR-10.",
            deviations=RESNET18_DEVIATIONS,
        ),
    )
    for name, normalised in (("resnet18", True), ("resnet18-raw", False))
}


@claim(CLAIM, fast={"mlp": MLP, "mlp-clean": CLEAN_MLP, "resnet": RESNET}, full=RESNET18)
def test_weight_decay_generalises_better_than_no_penalty(measured, judge):
    accuracy = measured("accuracy on test", worst=0.0)
    gain = paired_difference(accuracy[DECAY], accuracy[NO_PENALTY])

    judge(
        gain,
        controls=[_acts(measured("squared norm on train")), *_placebo(accuracy)],
        mutants={"arms swapped": paired_difference(accuracy[NO_PENALTY], accuracy[DECAY])},
        show=(NO_PENALTY, DECAY),
    )


def _acts(norms):
    return shown(
        "the penalty acts: it lowers the squared norm",
        paired_difference(norms[NO_PENALTY], norms[DECAY]),
    )


def _placebo(accuracy):
    """Where labels carry nothing, a penalty has nothing to give."""
    if SHUFFLED not in accuracy:
        return []
    without_signal = paired_difference(accuracy[SHUFFLED_DECAY], accuracy[SHUFFLED])
    return [
        shown(
            "on shuffled labels decay changes test accuracy by less than 5 pp",
            equivalence(without_signal, margin=0.05),
            when_failed="confounded",
        )
    ]
