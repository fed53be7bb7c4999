"""From large biases a network ends near chance where the default fits (Tables 1, 5, 6 and 7).

Biases b + 20, or U(±50), before training:

    |L(after) / ln C − 1| < 0.1  from the large biases,    L(after) < 0.25 ln C  from the default,

means over seeds. A loss far above ln C is no minimum (`ce-ceiling`), so that is not near chance
either; and where the gradient is still large, training has not ended. The paper prints gradient
norms of at most 0.0090 for these rows.

The paper takes these points for relatives of Theorem 1, with all units open for all images. The
cards' tables look at that: if the features still carried anything of the image, the best last layer
for them would have a lower loss than the best constant. Where it has not, the network is dead,
which the paper itself calls a trivial minimum.
"""

import math

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, quantity
from dltheory.models import AddedToBiases, UniformBiases
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference, weakest
from dltheory.verdicts import Bearing, Claim, Criterion, arms_plot, lines_plot, shown, table

from . import table_1, tables_5_to_7
from .local_minima_recipes import (
    CODE_CONSTANTS,
    DEFAULT,
    DIGITS_MLP,
    DIGITS_MLP_ARMS,
    DIGITS_RESNET_ARMS,
    DIGITS_RESNET_WORLD,
    DIGITS_WORLD,
    PLUS_20,
    SUMMED_BATCHES,
    TABLE_1_ARMS,
    TABLE_5,
    TABLE_5_AS_IN_CODE,
    TABLE_6,
    TABLE_7,
    UNIFORM_10,
    UNIFORM_50,
    started,
    table_5_to_7_arms,
)
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="big-bias-trapped",
    locator="§2, Table 1; A.4, Tables 5, 6 and 7",
    statement="From biases shifted far or drawn widely, training ends near chance; from the "
    "default initialisation it fits.",
    kind="equivalence",
    formula="|E L(large biases) / ln C − 1| < 0.1 and E L(default) < 0.25 ln C, after training",
    estimand="the smallest of: 0.1 − |E L / ln C − 1| from each kind of large biases, "
    "0.25 − E L / ln C from the default",
    unit="ln C",
    refuted_if="one of the means is certainly on the wrong side",
    quantifier="every",
)

PLUS_10, UNIFORM_5, UNIFORM_100 = "biases + 10", "biases in U(±5)", "biases in U(±100)"
NEAR_CHANCE, FITTED = 0.1, 0.25
AT_REST = 0.01
CONVERGED = f"from the large biases training has come to rest: gradient norm below {AT_REST:g}"
LOSS, BEFORE = "loss on train", "loss on train at initialisation"
MEASURED = (
    quantity("loss"),
    quantity("loss", at=0),
    quantity("gradient_norm"),
    quantity("open_relus"),
)
REFIT = quantity("last_layer_refit", steps=10)

BECAUSE = (
    "near chance: within a tenth of ln C, which holds the printed 2.3301 = 1.012 ln C; fitted: a "
    "quarter of ln C and less"
)
STILL_MOVING = (
    "training has not come to rest there: pilots ended far above ln C, with gradients of "
)


def form(experiment, sentence, deviations, *, bearing: Bearing = "claim", reason=""):
    """What is asserted of these networks."""
    return Form(
        sentence=sentence,
        bearing=bearing,
        regime=(CONVERGED,),
        experiment=experiment,
        criterion=Criterion(
            power_at=NEAR_CHANCE / 2,
            because=BECAUSE,
            expected="INCONCLUSIVE" if reason else "CONFIRMED",
            expected_reason=reason,
            deviations=deviations,
        ),
    )


def small(arms):
    """Arms of a small world."""
    return Experiment(arms=arms, seeds=LOOKS, first_seed=FIRST_SEED, measure=(*MEASURED, REFIT))


DIGITS_RUNS = small({**DIGITS_MLP_ARMS, UNIFORM_10: started(DIGITS_MLP, UniformBiases(bound=10.0))})
DIGITS_RESNET_RUNS = small(DIGITS_RESNET_ARMS)
FIT = "fit from the default initialisation to less than a quarter of it"
SMALL_MLP = "MLPs with three hidden layers on 500 digits with a fifth of the labels redrawn"
SMALL_RESNET = "ResNets of two blocks on 300 digits"
FAST = {
    "mlp-plus-20": form(
        DIGITS_RUNS,
        f"{SMALL_MLP} train from biases + 20 to a loss within a tenth of ln 10, and {FIT}.",
        DIGITS_WORLD,
        bearing="instance",
    ),
    "mlp-uniform-50": form(
        DIGITS_RUNS,
        f"{SMALL_MLP} train from biases in U(±50) to a loss within a tenth of ln 10, and {FIT}.",
        DIGITS_WORLD,
        bearing="analogue",
        reason=f"{STILL_MOVING}0.14",
    ),
    "resnet-plus-20": form(
        DIGITS_RESNET_RUNS,
        f"{SMALL_RESNET} train from shifts of batch normalisation + 20 to a loss within a tenth of "
        f"ln 10, and {FIT}.",
        DIGITS_RESNET_WORLD,
        bearing="analogue",
    ),
    "resnet-uniform-50": form(
        DIGITS_RESNET_RUNS,
        f"{SMALL_RESNET} train from shifts of batch normalisation in U(±50) to a loss within a "
        f"tenth of ln 10, and {FIT}.",
        DIGITS_RESNET_WORLD,
        bearing="analogue",
        reason=f"{STILL_MOVING}0.6",
    ),
}


def full(arms, deviations, where, bearing: Bearing = "claim"):
    """A table of the paper, three runs a row where it has one."""
    return form(
        Experiment(arms=arms, seeds=3, measure=MEASURED),
        f"{where} train to a loss within a tenth of ln C from the large biases, and {FIT}.",
        deviations,
        bearing=bearing,
    )


def _of_table_5(plain):
    return table_5_to_7_arms(
        plain,
        (PLUS_20, AddedToBiases(constant=20.0)),
        (UNIFORM_10, UniformBiases(bound=10.0)),
        (UNIFORM_50, UniformBiases(bound=50.0)),
    )


FULL = {
    "table-1": full(TABLE_1_ARMS, CODE_CONSTANTS, "As in Table 1, MLPs on CIFAR-10"),
    "table-5": full(_of_table_5(TABLE_5), SUMMED_BATCHES, "As in Table 5, ResNet-18s on CIFAR-10"),
    "table-5-as-in-code": full(
        _of_table_5(TABLE_5_AS_IN_CODE),
        SUMMED_BATCHES,
        "As in Table 5, but with the momentum of 0.4 that the code has by default, ResNet-18s on "
        "CIFAR-10",
        "analogue",
    ),
    "table-6": full(
        table_5_to_7_arms(
            TABLE_6,
            (PLUS_20, AddedToBiases(constant=20.0)),
            (UNIFORM_100, UniformBiases(bound=100.0)),
        ),
        SUMMED_BATCHES,
        "As in Table 6, ResNet-18s on CIFAR-100",
    ),
    "table-7": full(
        table_5_to_7_arms(
            TABLE_7,
            (PLUS_10, AddedToBiases(constant=10.0)),
            (UNIFORM_5, UniformBiases(bound=5.0)),
            (UNIFORM_10, UniformBiases(bound=10.0)),
        ),
        SUMMED_BATCHES,
        "As in Table 7, MLPs on CIFAR-100 with biases + 10 as the large ones",
    ),
}

CLASSES = {"table-6": 100, "table-7": 100}
TRAPPED = {
    "mlp-plus-20": (PLUS_20,),
    "mlp-uniform-50": (UNIFORM_50,),
    "resnet-plus-20": (PLUS_20,),
    "resnet-uniform-50": (UNIFORM_50,),
    "table-5": (PLUS_20, UNIFORM_10, UNIFORM_50),
    "table-5-as-in-code": (PLUS_20, UNIFORM_10, UNIFORM_50),
    "table-6": (PLUS_20, UNIFORM_100),
    "table-7": (PLUS_10,),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_from_large_biases_training_ends_near_chance(measured, judge, case_name):
    chance = math.log(CLASSES.get(case_name, 10))
    loss, before = measured(LOSS), measured(BEFORE)
    slope = measured("gradient norm on train")
    trapped = TRAPPED.get(case_name, (PLUS_20, UNIFORM_50))

    def ends(losses):
        near = [equivalence(mean(a / chance - 1), margin=NEAR_CHANCE) for a in losses]
        return weakest(*near, mean(FITTED - loss[DEFAULT] / chance))

    judge(
        ends([loss[arm] for arm in trapped]),
        controls=[_moved(before, loss, trapped)],
        regime=[shown(CONVERGED, weakest(*(mean(AT_REST - slope[arm]) for arm in trapped)))],
        mutants={
            "the default initialisation for large biases": ends([loss[DEFAULT]]),
            "large biases before training": ends([before[arm] for arm in trapped]),
        },
        plots=_plots(loss, case_name),
        tables=[_table(measured, before, loss, case_name)],
    )


def _moved(before, loss, arms):
    """A step too small would leave any network where it begins."""
    return shown(
        "training moves from the large biases: the loss falls by more than 1 nat",
        weakest(*(paired_difference(before[arm], loss[arm]) for arm in arms)),
        above=1.0,
    )


PRINTED_1 = {
    DEFAULT: table_1.DEFAULT.after.loss,
    PLUS_20: table_1.BIAS_20.after.loss,
    UNIFORM_50: table_1.UNIFORM_50.after.loss,
}


def _printed(case_name):
    """The losses that the paper prints for these arms after training."""
    number = {"table-6": 1, "table-7": 2}.get(case_name)
    if case_name.startswith(("table-5", "resnet")):
        number = 0
    if number is None:
        return PRINTED_1
    rows = {row.name: row.loss for row in tables_5_to_7.TABLES[number].rows}
    return {ARM_OF_ROW[name]: text for name, text in rows.items() if name in ARM_OF_ROW}


ARM_OF_ROW = {
    "Default": DEFAULT,
    "Bias+10": PLUS_10,
    "Bias+20": PLUS_20,
    "Bias in U(-5, 5)": UNIFORM_5,
    "Bias in U(-10, 10)": UNIFORM_10,
    "Bias in U(-50, 50)": UNIFORM_50,
    "Bias in U(-100, 100)": UNIFORM_100,
}
SHIFTED = {DEFAULT: 0.0, PLUS_10: 10.0, PLUS_20: 20.0}
DRAWN = {DEFAULT: 0.0, UNIFORM_5: 5.0, UNIFORM_10: 10.0, UNIFORM_50: 50.0, UNIFORM_100: 100.0}


def _plots(loss, case_name):
    lines, printed, texts = {}, {}, _printed(case_name)
    for name, sizes in (("biases + b", SHIFTED), ("biases in U(±b)", DRAWN)):
        arms = [arm for arm in sizes if arm in loss]
        lines[name] = ([sizes[a] for a in arms], np.stack([loss[a] for a in arms], axis=1))
        told = [arm for arm in arms if arm in texts]
        printed[name] = ([sizes[a] for a in told], [float(texts[a]) for a in told])
    arms = arms_plot("loss by arm", "nats", loss, seeds=range(len(loss[DEFAULT])))
    sizes = lines_plot("loss against the size of biases", "nats", "b", lines, printed=printed)
    return [sizes, arms]


def _table(measured, before, loss, case_name):
    slope = measured("gradient norm on train")
    opened, printed = measured("open relus on train"), _printed(case_name)
    refit = measured(REFIT.name) if case_name in FAST else {}
    rows = [
        [
            arm,
            float(before[arm].mean()),
            float(loss[arm].mean()),
            f"{refit[arm][:, 1].mean():.4f}" if arm in refit else "",
            float(slope[arm].mean()),
            f"{opened[arm].mean():.1%}",
            printed.get(arm, ""),
        ]
        for arm in loss
    ]
    columns = [
        "arm",
        "loss before",
        "loss after",
        "with the best last layer",
        "gradient norm",
        "open ReLUs",
        "loss after, printed",
    ]
    return table("Means over seeds", columns, rows)
