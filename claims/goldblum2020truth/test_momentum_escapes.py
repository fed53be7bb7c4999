"""Without momentum a network ends worse from biases in U(−10, 10) (§2, Table 1, last row).

    E[ L(plain SGD) − L(SGD with momentum m) ] > 0  after training, paired by seed.

Momentum m multiplies the long-run step by 1/(1 − m). Whether it is momentum that escapes, or a
longer step, is for a third arm to say: plain SGD with the learning rate η/(1 − m).

The paper speaks of a suboptimal optimum, and of a network that would train with momentum. So plain
training must have come to rest (the paper prints a gradient norm of 0.0564; twice that is allowed),
and with momentum the loss must fall below half of ln 10.
"""

import math

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference
from dltheory.verdicts import Bearing, Claim, Criterion, arms_plot, shown, table

from .local_minima_recipes import (
    CODE_CONSTANTS,
    DIGITS_MLP,
    DIGITS_WORLD,
    TABLE_1,
    stepping,
)
from .momentum_recipes import CODE_STEPS, MATCHED, MOMENTUM, PLAIN, with_and_without
from .paper import PAPER
from .table_1 import UNIFORM_10_PLAIN

CLAIM = Claim(
    paper=PAPER,
    row="momentum-escapes",
    locator="§2, Table 1, last row",
    statement="From biases in U(−10, 10), training without momentum ends at a higher loss.",
    kind="superiority",
    formula="E[L(momentum 0) − L(momentum m)] > 0",
    estimand="mean over seeds of the difference in training loss, paired by seed",
    unit="nats",
    refuted_if="the difference is certainly smaller than the smallest effect, or negative",
)

AT_REST = "without momentum training has come to rest: gradient norm below twice the printed 0.0564"
TRAINS = "with momentum the network trains: a loss below half of ln 10"


def experiment(training, momentum, **plan):
    """With momentum, without, and without but with the step that momentum comes to."""
    return Experiment(
        arms=with_and_without(training, momentum),
        measure=(quantity("loss"), quantity("gradient_norm"), quantity("open_relus")),
        **plan,
    )


BECAUSE = "a fortieth of ln 10 and more, and less than half of the loss that is printed, 0.2198"


def form(
    experiment, effect, sentence, because, deviations, *, bearing: Bearing = "claim", reason=""
):
    """What is asserted of training with and without momentum."""
    return Form(
        sentence=f"{sentence} ends at a loss at least {effect:g} nats higher without momentum.",
        bearing=bearing,
        regime=(AT_REST, TRAINS),
        experiment=experiment,
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            expected="INCONCLUSIVE" if reason else "CONFIRMED",
            expected_reason=reason,
            deviations=deviations,
        ),
    )


FRESH = {"seeds": LOOKS, "first_seed": FIRST_SEED}
WORLD = "training an MLP on 500 digits with a fifth of the labels redrawn, from biases in U(±10),"
FAST = {
    "code": form(
        experiment(CODE_STEPS, 0.4, **FRESH),
        0.1,
        f"With the momentum 0.4 and the step 0.01 of the authors' code, {WORLD}",
        BECAUSE,
        DIGITS_WORLD,
        bearing="instance",
        reason="plain steps of 0.017, as long as those of momentum in the long run, did as well in "
        "pilots; and after 600 epochs plain training still moved, with gradients of length 0.15",
    ),
    "small-step": form(
        experiment(stepping(DIGITS_MLP, 0.01, 0.9, epochs=150), 0.9, **FRESH),
        0.12,
        f"With momentum 0.9 and a step of 0.01, {WORLD}",
        "what 24 seeds decide with power 0.8, by pilots; the pilots' effect is 1.25",
        DIGITS_WORLD,
        bearing="instance",
        reason="after so few small steps plain training still moves: gradients of length 0.27 in "
        "pilots",
    ),
}
FULL = {
    f"m-{momentum:g}": form(
        experiment(TABLE_1, momentum, seeds=3),
        0.1,
        f"Against momentum {momentum:g}, the training of Table 1's last row, an MLP on CIFAR-10 "
        "from biases in U(±10),",
        BECAUSE,
        (note, *CODE_CONSTANTS),
    )
    for momentum, note in (
        (0.4, "momentum 0.4, the code's: the paper prints none"),
        (0.9, "momentum 0.9, customary: the paper prints none"),
    )
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_without_momentum_training_ends_at_a_higher_loss(measured, judge):
    loss, slope = measured("loss on train"), measured("gradient norm on train")
    opened = measured("open relus on train")

    judge(
        paired_difference(loss[PLAIN], loss[MOMENTUM]),
        controls=[
            shown(
                "step size: plain steps as long as momentum's in the long run end higher too",
                paired_difference(loss[MATCHED], loss[MOMENTUM]),
                when_failed="confounded",
            )
        ],
        regime=[
            shown(AT_REST, mean(2 * float(UNIFORM_10_PLAIN.after.gradient) - slope[PLAIN])),
            shown(TRAINS, mean(math.log(10) / 2 - loss[MOMENTUM])),
        ],
        mutants={
            "a longer step in the place of momentum": paired_difference(loss[PLAIN], loss[MATCHED])
        },
        plots=[
            arms_plot(
                "loss by arm",
                "nats",
                loss,
                seeds=range(len(loss[PLAIN])),
                printed={PLAIN: float(UNIFORM_10_PLAIN.after.loss)},
            )
        ],
        tables=[_table(loss, slope, opened)],
        printed=(UNIFORM_10_PLAIN.after.loss, "Table 1, loss without momentum; none with"),
    )


def _table(loss, slope, opened):
    rows = [
        [arm, float(loss[arm].mean()), float(slope[arm].mean()), f"{opened[arm].mean():.1%}"]
        for arm in loss
    ]
    return table("Means over seeds", ["arm", "loss", "gradient norm", "open ReLUs"], rows)
