"""Weight decay generalises better than no penalty (§3; 11 rows of Tables 2, 3 and 8).

    E[ accuracy(weight decay) − accuracy(no penalty) ]  >  0,

over initialisations and batch orders, paired by seed. The paper says so of all its networks, in
both versions. A Fixup network without penalty is printed at exactly chance; one that diverges is
counted there, at chance, in its rows.

Decay that leaves the norm alone is none: that it lowers the norm is the regime. A broken experiment
puts norm-bias in the place of no penalty, or shuffled labels in that of the images' own.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference
from dltheory.verdicts import Claim, Criterion, shown

from . import beside_print
from .norm_bias_rows import SETTINGS
from .paper import PAPER
from .recipes import (
    CLEAN_DIGITS_MLP,
    DECAY,
    DIGITS_MLP_ARMS,
    DIGITS_MLP_DECAY,
    DIGITS_RESNET_ARMS,
    DIGITS_RESNET_LOOKS,
    DIGITS_RESNET_WORLD,
    NO_PENALTY,
    NORM_BIAS,
    SHUFFLED_DIGITS_MLP,
    experiment,
    small,
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
BLOWN_UP = 1e9  # squared norm of a run that diverged
ACTS = "weight decay acts: it lowers the squared norm"

MLP = Form(
    sentence="In an MLP on 1,000 digits with a fifth of the training labels redrawn, weight decay "
    "gains at least 1.5 points of test accuracy over no penalty.",
    bearing="analogue",
    regime=(ACTS,),
    experiment=small(
        {
            **DIGITS_MLP_ARMS,
            SHUFFLED: SHUFFLED_DIGITS_MLP,
            SHUFFLED_DECAY: SHUFFLED_DIGITS_MLP.but(penalty=DIGITS_MLP_DECAY),
        }
    ),
    criterion=Criterion(
        smallest_effect=0.015,
        because="1.5 pp is what 24 seeds decide with power 0.8, by pilots; the pilots' effect is "
        "4.3 pp, and the paper prints 0.07 pp for its MLP, which so few images cannot resolve",
        printed_effect=0.0007,
        expected="INCONCLUSIVE",
        expected_reason="decay gains as clearly over norm-bias here, so that the broken experiment "
        "with norm-bias in the place of no penalty passes too",
        deviations=("digits with 20 % corrupted training labels instead of CIFAR",),
    ),
)

CLEAN_MLP = Form(
    sentence="In an MLP on 1,000 clean digits, weight decay gains at least a point of test "
    "accuracy over no penalty.",
    bearing="analogue",
    regime=(ACTS,),
    experiment=small(
        {
            NO_PENALTY: CLEAN_DIGITS_MLP,
            DECAY: CLEAN_DIGITS_MLP.but(penalty=DIGITS_MLP_DECAY),
            SHUFFLED: SHUFFLED_DIGITS_MLP,
            SHUFFLED_DECAY: SHUFFLED_DIGITS_MLP.but(penalty=DIGITS_MLP_DECAY),
        }
    ),
    criterion=Criterion(
        smallest_effect=0.01,
        because="one percentage point, five of the 500 test images, is the least worth a penalty; "
        "the paper prints 0.07 pp for its MLP",
        printed_effect=0.0007,
        expected="REFUTED",
        expected_reason="clean digits leave a penalty nothing to do: 97 % are right without it",
        deviations=("clean digits instead of CIFAR",),
    ),
)

RESNET = Form(
    sentence="In a ResNet of two blocks on 500 digits with a fifth of the training labels redrawn, "
    "weight decay gains at least 1.3 points of test accuracy over no penalty.",
    bearing="analogue",
    regime=(ACTS,),
    experiment=small(DIGITS_RESNET_ARMS, DIGITS_RESNET_LOOKS),
    criterion=Criterion(
        smallest_effect=0.013,
        because="1.3 pp is what 24 seeds decide with power 0.8, by pilots; the pilots' effect is "
        "1.8 pp, and the paper prints 0.60 and 1.36 pp for ResNet-18 on CIFAR-10",
        printed_effect=0.006,
        deviations=DIGITS_RESNET_WORLD,
    ),
)


def _full(row):
    """The row at the paper's scale; half of the printed gain decides."""
    gain = beside_print.printed_difference(row.printed.decay, row.printed.no_decay)
    criterion = Criterion(
        smallest_effect=gain / 2 or 0.0005,
        printed_effect=gain or None,
        because="half of the gain printed in this row; five of 10,000 test images where that is 0",
        deviations=row.deviations,
    )
    if gain <= 0.001:
        criterion = beside_print.open_question(criterion, f"printed gain {100 * gain:.2f} pp")
    return Form(
        sentence=f"In the networks of {row.printed.name}, weight decay reaches at least "
        f"{100 * criterion.smallest_effect:g} points more test accuracy than no penalty.",
        regime=(ACTS,),
        may_diverge=(NO_PENALTY,) if row.collapses else (),
        experiment=experiment(row.arms(), seeds=(5, 10, 20)),
        criterion=criterion,
    )


@claim(
    CLAIM,
    fast={"mlp": MLP, "mlp-clean": CLEAN_MLP, "resnet": RESNET},
    full={name: _full(row) for name, row in SETTINGS.items()},
)
def test_weight_decay_generalises_better_than_no_penalty(measured, judge, tier, case_name):
    row = SETTINGS[case_name] if tier == "full" else None
    accuracy = _at_least_chance(measured("accuracy on test", worst=0.0), row)
    gain = paired_difference(accuracy[DECAY], accuracy[NO_PENALTY])

    judge(
        gain,
        controls=_controls(accuracy),
        regime=[_acts(measured("squared norm on train", worst=BLOWN_UP))],
        mutants=_mutants(accuracy),
        show=(NO_PENALTY, DECAY),
        **_beside_print(row, accuracy, gain),
    )


def _at_least_chance(accuracy, row):
    """Diverged runs at chance where that is what the paper prints, and at nothing elsewhere."""
    if row is None or not row.collapses:
        return accuracy
    chance = 1 / row.training.data.classes
    return {arm: np.where(values == 0.0, chance, values) for arm, values in accuracy.items()}


def _beside_print(row, accuracy, gain):
    """What only the paper's scale has: its numbers."""
    if row is None:
        return {}
    return {
        **beside_print.accuracies(row, accuracy),
        **beside_print.difference(row, DECAY, NO_PENALTY, gain),
    }


def _acts(norms):
    return shown(ACTS, paired_difference(norms[NO_PENALTY], norms[DECAY]))


def _mutants(accuracy):
    """Arms in the place of others, of those that a form has."""
    pairs = {
        "norm-bias for no penalty": (DECAY, NORM_BIAS),
        "shuffled labels": (SHUFFLED_DECAY, SHUFFLED),
    }
    return {
        name: paired_difference(accuracy[a], accuracy[b])
        for name, (a, b) in pairs.items()
        if {a, b} <= set(accuracy)
    }


def _controls(accuracy):
    """The networks learn; and where labels carry nothing, a penalty has nothing to give."""
    learnt = shown(
        "the networks with weight decay learn: test accuracy above 0.3",
        mean(accuracy[DECAY]),
        above=0.3,
    )
    if SHUFFLED not in accuracy:
        return [learnt]
    without_signal = paired_difference(accuracy[SHUFFLED_DECAY], accuracy[SHUFFLED])
    return [
        learnt,
        shown(
            "on shuffled labels decay changes test accuracy by less than 5 pp",
            equivalence(without_signal, margin=0.05),
            when_failed="confounded",
        ),
    ]
