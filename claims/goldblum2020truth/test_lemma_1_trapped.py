"""Training from an embedded linear classifier stays there (§2, Table 1 rows 1 and 2).

A linear classifier is trained with weight decay and embedded in an MLP by Lemma 1; then all layers
are trained. Trapped means two things at once:

    |L(after) − L(linear)| < m,    L(linear) − L(default, after) > d,

and in the end every ReLU must still be open on all images, as the paper has it; otherwise it is not
the minimum of Theorem 1 that holds the network.

The released scripts train the embedded network with a hundredth of the step that the default
initialisation gets, and its last layer alone. So two sizes of step are two forms here: a small one
as there, and one and the same for both starting points. With a small step anything stays where it
is; whether the default initialisation leaves in the same time is therefore a control.

Theorem 1 speaks of a minimum of the linear classifier. Where the classifier itself goes on to a
lower loss when it alone is trained on, it was none, and leaving it shows nothing: so that it stays
is the regime of the claim.
"""

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, arms_plot, holds, shown, table

from .last_layer_alone import LastLayerAlone
from .local_minima_recipes import (
    CODE_CONSTANTS,
    DEFAULT,
    DEFAULT_STEP,
    DIGITS_WORLD,
    SMALL_STEP,
    TABLE_1,
    TABLE_1_EMBEDDED,
    TABLE_1_EMBEDDED_AS_IN_CODE,
    TABLE_1_LINEAR,
    embedded,
    lemma_1_default,
    linear_classifier,
)
from .paper import PAPER
from .table_1 import DEFAULT as DEFAULT_ROW
from .table_1 import LEMMA_1 as LEMMA_1_ROW

CLAIM = Claim(
    paper=PAPER,
    row="lemma-1-trapped",
    locator="§2, Table 1, rows “Default” and “Lemma 1”",
    statement="An MLP that starts as an embedded linear classifier is trained no further than it, "
    "where the default initialisation is.",
    kind="equivalence",
    formula="|L(embedded, trained) − L(linear)| < m,  L(linear) − L(default, trained) > d",
    estimand="the smaller of two margins: of the loss kept, and of the loss that the default "
    "initialisation goes below it; means over seeds",
    unit="nats",
    refuted_if="the embedded network certainly ends elsewhere than at the linear loss, or the "
    "default initialisation stays as high",
    quantifier="every",
)

LINEAR, EMBEDDED = "linear classifier", "embedded, then trained"
LINEAR_ON = "linear classifier, trained on alone"
SAME_STEP = "default, step of the embedded"
TINY_LINEAR, TINY = "classifier behind ReLUs", "behind ReLUs, then trained"

LOSS, OPEN = "loss on train", "open relus on train"
MARGIN, GAP = 0.05, 0.3
MEASURED = (
    quantity("loss"),
    quantity("gradient_norm"),
    quantity("open_relus"),
)

STAYS = f"trained on alone, the linear classifier stays within {MARGIN} nats: it is a minimum"
BECAUSE = (
    f"kept: within {MARGIN} nats, a sixteenth of the linear loss; below: {GAP} nats, more than a "
    f"third of it"
)


def digits(step, also):
    """The embedded network trained with this step, what it is held against, and these arms."""
    trained = embedded(offset=2.0, learning_rate=step)
    return Experiment(
        arms={
            LINEAR: linear_classifier(offset=2.0),
            LINEAR_ON: trained.but(penalty=LastLayerAlone()),
            EMBEDDED: trained,
            DEFAULT: lemma_1_default(DEFAULT_STEP),
            SAME_STEP: lemma_1_default(step),
            **also,
        },
        seeds=LOOKS,
        first_seed=FIRST_SEED,
        measure=MEASURED,
    )


BEHIND_RELUS = {
    TINY_LINEAR: linear_classifier(offset=0.05),
    TINY: embedded(offset=0.05, learning_rate=SMALL_STEP),
}


def cifar10(trained, decay):
    """The paper's networks, this one embedded; the classifier alone goes on with this decay."""
    arms = {
        LINEAR: TABLE_1_LINEAR,
        LINEAR_ON: TABLE_1_EMBEDDED.but(penalty=LastLayerAlone(decay=decay)),
        EMBEDDED: trained,
        DEFAULT: TABLE_1,
        SAME_STEP: TABLE_1.but(
            optimiser=TABLE_1_EMBEDDED.optimiser, schedule=TABLE_1_EMBEDDED.schedule, epochs=800
        ),
    }
    return Experiment(arms=arms, seeds=3, measure=MEASURED)


KEPT = (
    f"ends within {MARGIN} nats of the linear loss, and from the default initialisation {GAP} nats "
    "and more below it."
)


def form(experiment, sentence, deviations, *, bearing, reason=""):
    """What is asserted of training from an embedded classifier."""
    return Form(
        sentence=f"{sentence} {KEPT}",
        bearing=bearing,
        regime=(STAYS,),
        experiment=experiment,
        criterion=Criterion(
            power_at=MARGIN / 2,
            because=BECAUSE,
            expected="INCONCLUSIVE" if reason else "CONFIRMED",
            expected_reason=reason,
            deviations=deviations,
        ),
    )


WORLD = "an MLP on 500 digits with a fifth of the labels redrawn"
FAST = {
    "small-step": form(
        digits(SMALL_STEP, BEHIND_RELUS),
        "Trained on from an embedded linear classifier with a hundredth of the default's step, as "
        f"in the authors' scripts, {WORLD}",
        DIGITS_WORLD,
        bearing="instance",
        reason="with so small a step the default initialisation does not get below the linear loss "
        "either, so staying shows no trap",
    ),
    "same-step": form(
        digits(DEFAULT_STEP, {}),
        f"Trained on from an embedded linear classifier with the default's step, {WORLD}",
        DIGITS_WORLD,
        bearing="instance",
        reason="a classifier trained with decay is no minimum of the loss without, and 500 images "
        "of 64 pixels have none: the classifier alone goes on too",
    ),
}
WIDTH = "hidden layers as wide as the input; the paper does not print the widths"
FULL = {
    "cifar10": form(
        cifar10(TABLE_1_EMBEDDED, 5e-4),
        "As in rows “Default” and “Lemma 1” of Table 1, with all layers trained on from an "
        "embedded linear classifier, an MLP on CIFAR-10",
        (WIDTH, *CODE_CONSTANTS),
        bearing="claim",
    ),
    "cifar10-as-in-code": form(
        cifar10(TABLE_1_EMBEDDED_AS_IN_CODE, 0.0),
        "With the last layer alone trained on from an embedded linear classifier, as in the "
        "released script, where the problem is convex, an MLP on CIFAR-10",
        (WIDTH, *CODE_CONSTANTS),
        bearing="analogue",
    ),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_an_embedded_linear_classifier_is_not_left_by_training(measured, judge):
    loss, opened = measured(LOSS), measured(OPEN)
    slope = measured("gradient norm on train")

    def trapped(arm, start):
        return weakest(
            equivalence(paired_difference(loss[arm], loss[start]), margin=MARGIN),
            paired_difference(loss[start] - GAP, loss[DEFAULT]),
        )

    controls = [
        shown(
            "step size: with the same step the default initialisation goes below the linear loss",
            paired_difference(loss[LINEAR], loss[SAME_STEP]),
            when_failed="confounded",
        ),
        holds(
            "every ReLU is still open on all images: it is the minimum of Theorem 1 that holds it",
            expectation="share of open ReLUs 1, every seed",
            observed=f"smallest {opened[EMBEDDED].min():.4g}",
            held=bool(opened[EMBEDDED].min() == 1.0),
            when_failed="confounded",
        ),
    ]
    if TINY in loss:
        controls.append(
            shown(
                "a tiny offset: behind closed ReLUs training goes on",
                paired_difference(loss[TINY_LINEAR], loss[TINY]),
                above=MARGIN,
                when_failed="vacuous",
            )
        )
    judge(
        trapped(EMBEDDED, LINEAR),
        controls=controls,
        regime=[
            shown(
                STAYS, equivalence(paired_difference(loss[LINEAR_ON], loss[LINEAR]), margin=MARGIN)
            )
        ],
        mutants={"default initialisation in its place": trapped(DEFAULT, LINEAR)},
        plots=[
            arms_plot(
                "loss by arm",
                "nats",
                loss,
                seeds=range(len(loss[LINEAR])),
                printed={
                    LINEAR: float(LEMMA_1_ROW.before.loss),
                    EMBEDDED: float(LEMMA_1_ROW.after.loss),
                    DEFAULT: float(DEFAULT_ROW.after.loss),
                },
            )
        ],
        tables=[_table(loss, slope, opened)],
        printed=(LEMMA_1_ROW.after.loss, "Table 1, loss after training from Lemma 1"),
    )


def _table(loss, slope, opened):
    rows = [
        [arm, float(loss[arm].mean()), float(slope[arm].mean()), f"{opened[arm].mean():.1%}"]
        for arm in loss
    ]
    return table("Means over seeds", ["arm", "loss", "gradient norm", "open ReLUs"], rows)
