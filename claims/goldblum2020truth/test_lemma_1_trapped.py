"""Training from an embedded linear classifier stays there (§2, Table 1 rows 1 and 2).

A linear classifier is trained and embedded in an MLP by Lemma 1; then all layers are trained.
Trapped means two things at once:

    |L(after) − L(linear)| < m,    L(linear) − L(default, after) > d,

and in the end every ReLU must still be open on all images, as the paper has it; otherwise it is not
the minimum of Theorem 1 that holds the network.

Theorem 1 speaks of a minimum of the linear classifier. Where the classifier itself goes on to a
lower loss when it alone is trained on, it was none, and leaving it shows nothing: so that it stays
is the regime of the claim. In the small world both phases have one objective, without decay, and
the linear classifier has a minimum. The default initialisation takes the same steps there.

The released scripts train the embedded network with a hundredth of the step that the default
initialisation gets, and its last layer alone. With a small step anything stays where it is; whether
the default initialisation leaves in the same time is a control of the full forms.

Where minibatches make the network leave, the authors could object that their step was smaller, and
that a minimum may be left by steps that are too long for its curvature. The first is so: the form
with minibatches says it of an ordinary step, that with which the default initialisation learns. As
to the second, the text says that starting at such a point is enough to get trapped, and speaks of
training. By gradient descent with the same step the network stays, so the point is a minimum.
"""

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, paired_difference, weakest
from dltheory.verdicts import (
    Bearing,
    Claim,
    Criterion,
    Verdict,
    arms_plot,
    holds,
    shown,
    table,
)

from .last_layer_alone import LastLayerAlone
from .lemma_1_recipes import (
    DEFAULT_DESCENT,
    DEFAULT_SGD,
    TINY_OFFSET,
    WORLD,
    linear_classifier,
    trained_on,
)
from .local_minima_recipes import (
    CODE_CONSTANTS,
    DEFAULT,
    TABLE_1,
    TABLE_1_EMBEDDED,
    TABLE_1_EMBEDDED_AS_IN_CODE,
    TABLE_1_EMBEDDED_PLAIN,
    TABLE_1_LINEAR,
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
STILL, MARGIN, GAP = 0.05, 0.1, 0.2
MEASURED = (
    quantity("loss"),
    quantity("gradient_norm"),
    quantity("open_relus"),
)

STAYS = f"trained on alone, the linear classifier stays within {STILL} nats: it is a minimum"
BECAUSE = f"kept: within {MARGIN} nats; below: {GAP} nats, twice as much"


def digits(training, also):
    """The embedded network, and the default, trained in this way; these arms besides."""
    trained = trained_on(training)
    return Experiment(
        arms={
            LINEAR: linear_classifier(),
            LINEAR_ON: trained.but(penalty=LastLayerAlone()),
            EMBEDDED: trained,
            DEFAULT: training,
            **also,
        },
        seeds=LOOKS,
        first_seed=FIRST_SEED,
        measure=MEASURED,
    )


BEHIND_RELUS = {
    TINY_LINEAR: linear_classifier(TINY_OFFSET),
    TINY: trained_on(DEFAULT_DESCENT, TINY_OFFSET),
}


def cifar10(linear, trained, alone):
    """The paper's networks; the embedded classifier goes on so, and under this penalty alone."""
    arms = {
        LINEAR: linear,
        LINEAR_ON: trained.but(penalty=alone),
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


def form(
    experiment,
    sentence,
    deviations,
    *,
    bearing: Bearing,
    expected: Verdict = "CONFIRMED",
    reason="",
):
    """What is asserted of training from an embedded classifier."""
    return Form(
        sentence=f"{sentence} {KEPT}",
        bearing=bearing,
        regime=(STAYS,),
        experiment=experiment,
        criterion=Criterion(
            power_at=0.7 * MARGIN,
            because=BECAUSE,
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


SMALL = "an MLP on 500 digits of 4 × 4 pixels with half of the labels redrawn"
FAST = {
    "descent": form(
        digits(DEFAULT_DESCENT, BEHIND_RELUS),
        f"Trained on by gradient descent from an embedded linear minimum, {SMALL}",
        WORLD,
        bearing="instance",
    ),
    "sgd": form(
        digits(DEFAULT_SGD, {}),
        f"Trained on by minibatches from an embedded linear minimum, {SMALL}",
        WORLD,
        bearing="instance",
        expected="REFUTED",
        reason="the loss is so curved there that the noise of minibatches grows until ReLUs close",
    ),
}
WIDTH = "hidden layers as wide as the input; the paper does not print the widths"
TOO_SHARP = (
    "at momentum 0.9 and a step of 1e-4 descent leaves minima with eigenvalues above 38,000, and "
    "the paper prints 113,598.85"
)
NO_DECAY = "no weight decay, in either phase: on hidden layers it would be another objective"
FULL = {
    "cifar10": form(
        cifar10(TABLE_1_LINEAR, TABLE_1_EMBEDDED, LastLayerAlone(decay=5e-4)),
        "As in rows “Default” and “Lemma 1” of Table 1, with all layers trained on from an "
        "embedded linear classifier, an MLP on CIFAR-10",
        (WIDTH, *CODE_CONSTANTS),
        bearing="claim",
        expected="INCONCLUSIVE",
        reason=f"{TOO_SHARP}, and decay on the hidden layers is another objective",
    ),
    "cifar10-one-objective": form(
        cifar10(
            TABLE_1_LINEAR.but(penalty=LastLayerAlone()),
            TABLE_1_EMBEDDED_PLAIN,
            LastLayerAlone(),
        ),
        "Without decay in either phase, with all layers trained on from an embedded linear "
        "classifier, an MLP on CIFAR-10",
        (WIDTH, NO_DECAY, *CODE_CONSTANTS),
        bearing="claim",
        expected="INCONCLUSIVE",
        reason=TOO_SHARP,
    ),
    "cifar10-as-in-code": form(
        cifar10(TABLE_1_LINEAR, TABLE_1_EMBEDDED_AS_IN_CODE, LastLayerAlone()),
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
        holds(
            "every ReLU is still open on all images: it is the minimum of Theorem 1 that holds it",
            expectation="share of open ReLUs 1, every seed",
            observed=f"smallest {opened[EMBEDDED].min():.4g}",
            held=bool(opened[EMBEDDED].min() == 1.0),
            when_failed="confounded",
        ),
    ]
    if SAME_STEP in loss:
        controls.append(
            shown(
                "step size: with the same step the default initialisation goes below the linear "
                "loss",
                paired_difference(loss[LINEAR], loss[SAME_STEP]),
                when_failed="confounded",
            )
        )
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
                STAYS, equivalence(paired_difference(loss[LINEAR_ON], loss[LINEAR]), margin=STILL)
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
