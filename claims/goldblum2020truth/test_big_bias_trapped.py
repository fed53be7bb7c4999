"""From large biases a network ends near chance where the default fits (Tables 1, 5, 6 and 7).

Biases b + 20, or U(±50), before training:

    L(after) > 0.9 ln C  from the large biases,    L(after) < 0.25 ln C  from the default,

means over seeds. The paper takes these points for relatives of Theorem 1, with all units open for
all images. The cards' tables look at that: if the features still carried anything of the image,
the best last layer for them would have a lower loss than the best constant. Where it has not, the
network is dead, which the paper itself calls a trivial minimum.
"""

import math

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.models import AddedToBiases, UniformBiases
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, arms_plot, lines_plot, shown, table

from . import table_1, tables_5_to_7
from .local_minima_recipes import (
    CODE_CONSTANTS,
    DEFAULT,
    DIGITS_MLP,
    DIGITS_MLP_ARMS,
    DIGITS_RESNET_ARMS,
    DIGITS_RESNET_WORLD,
    DIGITS_WORLD,
    MINIBATCHES,
    PLACEBO,
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
    kind="superiority",
    formula="E L(large biases) > 0.9 ln C and E L(default) < 0.25 ln C, after training",
    estimand="the smallest of: E L / ln C − 0.9 from each kind of large biases, 0.25 − E L / ln C "
    "from the default",
    unit="ln C",
    refuted_if="one of the means is certainly on the wrong side",
)

PLUS_10, UNIFORM_5, UNIFORM_100 = "biases + 10", "biases in U(±5)", "biases in U(±100)"
NEAR_CHANCE, FITTED, SAME = 0.9, 0.25, 0.05
LOSS, BEFORE = "loss on train", "loss on train at initialisation"
MEASURED = (
    quantity("loss"),
    quantity("loss", at=0),
    quantity("gradient_norm"),
    quantity("open_relus"),
)
REFIT = quantity("last_layer_refit", steps=10)

BECAUSE = "near chance: nine tenths of ln C and more; fitted: a quarter of it and less"

DIGITS_RUNS = Experiment(
    arms={
        **DIGITS_MLP_ARMS,
        UNIFORM_10: started(DIGITS_MLP, UniformBiases(bound=10.0)),
        PLACEBO: started(DIGITS_MLP, AddedToBiases(constant=0.0)),
    },
    seeds=8,
    measure=(*MEASURED, REFIT),
)
FAST = {
    "mlp-plus-20": Form(
        experiment=DIGITS_RUNS,
        criterion=Criterion(
            because=BECAUSE,
            licenses="Biases + 20 keep an MLP with three hidden layers from learning at all.",
            deviations=DIGITS_WORLD,
        ),
    ),
    "mlp-uniform-50": Form(
        experiment=DIGITS_RUNS,
        criterion=Criterion(
            because=BECAUSE,
            licenses="Biases in U(±50) keep an MLP with three hidden layers from learning at all.",
            expected="INCONCLUSIVE",
            expected_reason="none learns, but some networks end far above chance, and the mean of "
            "a few such losses is known badly",
            deviations=DIGITS_WORLD,
        ),
    ),
    "resnet": Form(
        experiment=Experiment(arms=DIGITS_RESNET_ARMS, seeds=6, measure=(*MEASURED, REFIT)),
        criterion=Criterion(
            because=BECAUSE,
            licenses="The same of a small ResNet, whose shifts of batch normalisation are biases.",
            deviations=DIGITS_RESNET_WORLD,
        ),
    ),
}


def full(arms, deviations, licenses):
    """A table of the paper, three runs a row where it has one."""
    return Form(
        experiment=Experiment(arms=arms, seeds=3, measure=MEASURED),
        criterion=Criterion(because=BECAUSE, licenses=licenses, deviations=deviations),
    )


def _of_table_5(plain):
    return table_5_to_7_arms(
        plain,
        (PLUS_20, AddedToBiases(constant=20.0)),
        (UNIFORM_10, UniformBiases(bound=10.0)),
        (UNIFORM_50, UniformBiases(bound=50.0)),
    )


FULL = {
    "table-1": full(TABLE_1_ARMS, CODE_CONSTANTS, "Table 1: an MLP on CIFAR-10."),
    "table-5": full(_of_table_5(TABLE_5), MINIBATCHES, "Table 5: ResNet-18 on CIFAR-10."),
    "table-5-as-in-code": full(
        _of_table_5(TABLE_5_AS_IN_CODE),
        CODE_CONSTANTS,
        "Table 5 with the momentum of 0.4 that the code has by default.",
    ),
    "table-6": full(
        table_5_to_7_arms(
            TABLE_6,
            (PLUS_20, AddedToBiases(constant=20.0)),
            (UNIFORM_100, UniformBiases(bound=100.0)),
        ),
        MINIBATCHES,
        "Table 6: ResNet-18 on CIFAR-100.",
    ),
    "table-7": full(
        table_5_to_7_arms(
            TABLE_7,
            (PLUS_10, AddedToBiases(constant=10.0)),
            (UNIFORM_5, UniformBiases(bound=5.0)),
            (UNIFORM_10, UniformBiases(bound=10.0)),
        ),
        SUMMED_BATCHES,
        "Table 7: an MLP on CIFAR-100; the claim is on +10, its other rows are shown.",
    ),
}

CLASSES = {"table-6": 100, "table-7": 100}
TRAPPED = {
    "mlp-plus-20": (PLUS_20,),
    "mlp-uniform-50": (UNIFORM_50,),
    "table-5": (PLUS_20, UNIFORM_10, UNIFORM_50),
    "table-5-as-in-code": (PLUS_20, UNIFORM_10, UNIFORM_50),
    "table-6": (PLUS_20, UNIFORM_100),
    "table-7": (PLUS_10,),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_from_large_biases_training_ends_near_chance(measured, judge, case_name):
    chance = math.log(CLASSES.get(case_name, 10))
    loss = measured(LOSS, worst=0.0)  # a diverged run is none that ended near chance …
    before = measured(BEFORE)
    fitted = np.where(loss[DEFAULT] == 0.0, chance, loss[DEFAULT])  # … nor one that fitted
    trapped = TRAPPED.get(case_name, (PLUS_20, UNIFORM_50))

    def ends(arms):
        high = [mean(loss[arm] / chance - NEAR_CHANCE) for arm in arms]
        return weakest(*high, mean(FITTED - fitted / chance))

    judge(
        ends(trapped),
        controls=[_moved(before, loss, trapped), *_placebo(loss, chance)],
        mutants={"default in the place of large biases": ends((DEFAULT,))},
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


def _placebo(loss, chance):
    if PLACEBO not in loss:
        return []
    difference = paired_difference(loss[PLACEBO] / chance, loss[DEFAULT] / chance)
    return [
        shown(
            f"placebo: adding 0 to the biases changes nothing, by {SAME} ln C",
            equivalence(difference, margin=SAME),
            when_failed="vacuous",
        )
    ]


PRINTED_1 = {
    DEFAULT: table_1.DEFAULT.after.loss,
    PLUS_20: table_1.BIAS_20.after.loss,
    UNIFORM_50: table_1.UNIFORM_50.after.loss,
}


def _printed(case_name):
    """The losses that the paper prints for these arms after training."""
    number = {"resnet": 0, "table-6": 1, "table-7": 2}.get(case_name.split("-as")[0])
    if case_name.startswith("table-5"):
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
    slope = measured("gradient norm on train", worst=math.inf)
    opened, printed = measured("open relus on train", worst=0.0), _printed(case_name)
    refit = measured(REFIT.name, worst=0.0) if case_name in FAST else {}
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
