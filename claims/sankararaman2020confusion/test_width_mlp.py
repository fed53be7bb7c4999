"""Width makes deep MLPs easier to train and often their gradients less confused (A.1, Fig. 6).

At fixed depth, as the width ℓ grows,

    loss        the final training loss falls, in decades,
    confusion   the lowest cosine between gradients of two minibatches, at the end, rises (in the
                small world the mean over the last eight epochs),
    matched     it rises among nets that are stopped at one training loss.

The paper says so of sufficiently deep networks, “often” and for most models. It shows both
together for 300 layers on MNIST, a depth that it chose because narrow networks do not train there,
after choosing the learning rate of every width by final loss. That narrow networks do not train is
therefore a condition of its setting; 20 layers on digits do not have it.

Nets that have nearly reached zero loss have small gradients that point anywhere, while a narrow net
that is still on its way has one direction for all batches; so the cosine is compared with the loss
beside it, at the end and at a matched loss. The paper does not compare networks at one loss.
"""

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, page
from dltheory.verdicts import Claim, Criterion, Verdict, shown, table

from .architecture_trends import (
    BLOCK,
    SOME_TRAIN,
    asserted,
    controls_of,
    near_one_loss,
    pictures,
    some_train,
    summary,
    sweep,
    unit,
)
from .paper import PAPER
from .recipes import (
    DEEP_TANH_COSINES,
    DEEP_TANH_ON_DIGITS,
    DEEP_TANH_RATES,
    DEPTH,
    FULL_COSINES,
    FULL_DEPTH,
    FULL_MLP_DEVIATIONS,
    FULL_WIDTHS,
    LOSS,
    ONE_SPLIT,
    OVER_LATE_EPOCHS,
    STOPPED_COSINES,
    WIDTHS,
    full_mlp,
    matched,
    mlp_parameters,
    tuned,
    widened,
)

CLAIM = Claim(
    paper=PAPER,
    row="width-mlp",
    locator="Appendix A.1, Fig. 6",
    statement="Given a sufficiently deep MLP, widening it often lowers the loss that it reaches "
    "and its gradient confusion.",
    kind="trend",
    formula="slope over log₂ ℓ of −log₁₀(final loss), of min cos(∇L_A, ∇L_B): both > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the width",
    unit="decades of the loss, or cosine, per doubling of the width",
    quantifier="often",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)


NARROW_STUCK = "the narrowest network stays above half of ln 10"
SMALL = Experiment(
    arms={
        str(width): tuned(widened(DEEP_TANH_ON_DIGITS, width, DEPTH), DEEP_TANH_RATES, pilots=1)
        for width in WIDTHS
    },
    seeds=LOOKS,
    first_seed=FIRST_SEED,
    measure=(LOSS, *DEEP_TANH_COSINES),
)
STOPPED_AT = 1.6  # nats; every width comes down to it in pilots, if not on every seed
STOPPED = Experiment(
    arms={
        str(width): matched(widened(DEEP_TANH_ON_DIGITS, width, DEPTH), STOPPED_AT)
        for width in WIDTHS
    },
    seeds=LOOKS,
    first_seed=FIRST_SEED,
    measure=(LOSS, STOPPED_COSINES),
)
SMALL_WORLD = ("20 layers on digits for 40 epochs instead of 300 layers on MNIST for 102",)
LATE = (*SMALL_WORLD, OVER_LATE_EPOCHS)
DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
CLOSE = (
    "at 20 layers the widest nets end near zero loss, where minibatch gradients disagree most, so "
    "the cosine leans the other way"
)
APART = "narrow networks that are to stop at one loss end farther from it than wide ones"
WORLD = "tanh MLPs of 20 layers, 8 to 64 wide, on 1,000 digits"


def fast(what, effect, expected: Verdict = "CONFIRMED", reason=""):
    """One of the trends on digits."""
    stopped = what == "matched"
    late = ", over the last eight of 40 epochs" if what == "confusion" else ""
    at = f" that are stopped at a training loss of {STOPPED_AT:g}" if stopped else late
    shown_as = "confusion" if stopped else what
    return Form(
        experiment=STOPPED if stopped else SMALL,
        sentence=asserted(WORLD + at, "width", shown_as, effect),
        unit=unit("width", shown_as),
        bearing="analogue",
        regime=() if stopped else (SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=DECIDED,
            licenses=ONE_SPLIT,
            expected=expected,
            expected_reason=reason,
            deviations=(*SMALL_WORLD, "nets are stopped, at learning rate 0.1")
            if stopped
            else LATE,
        ),
    )


KINDS = {
    f"{activation}-{initialisation}": {"activation": activation, "initialisation": initialisation}
    for activation in ("identity", "tanh")
    for initialisation in ("glorot", "lecun")
}
FULL_EFFECTS = {
    "loss": (0.1, "a tenth of a decade per doubling, on axes of decades"),
    "confusion": (0.02, "0.02 per doubling: over the range of widths, a sixth of the unit cosine"),
}


def full(name, what):
    """The paper's own widths, to 1,000."""
    kind, (effect, because) = KINDS[name], FULL_EFFECTS[what]
    linear = "linear" if kind["activation"] == "identity" else "tanh"
    by = {"glorot": "Glorot's normal", "lecun": "LeCun's normal"}[kind["initialisation"]]
    world = f"{linear} MLPs of 300 layers, 10 to 1,000 wide, on MNIST, initialised by {by}"
    return Form(
        experiment=Experiment(
            arms={str(width): full_mlp(FULL_DEPTH, width, **kind) for width in FULL_WIDTHS},
            seeds=10,
            measure=(LOSS, FULL_COSINES),
        ),
        sentence=asserted(world, "width", what, effect),
        unit=unit("width", what),
        bearing="claim",
        regime=(SOME_TRAIN, NARROW_STUCK),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            deviations=FULL_MLP_DEVIATIONS,
        ),
    )


@claim(
    CLAIM,
    fast={
        "loss": fast("loss", 0.1),
        "confusion": fast("confusion", 0.12, "REFUTED", CLOSE),
        "matched": fast("matched", 0.14, "INCONCLUSIVE", APART),
    },
    full={f"{name}-{what}": full(name, what) for name in KINDS for what in FULL_EFFECTS},
)
def test_wider_mlps_train_to_lower_loss_with_less_confusion(measured, judge, tier, case_name):
    what = case_name.rpartition("-")[2]
    widths, depth, inputs, pairs = WIDTHS, DEPTH, 64, DEEP_TANH_COSINES
    if what == "matched":
        pairs = (STOPPED_COSINES,)
    if tier == "full":
        widths, depth, inputs, pairs = FULL_WIDTHS, FULL_DEPTH, 784, (FULL_COSINES,)
    runs = sweep(
        measured,
        [str(width) for width in widths],
        factor="width",
        levels=widths,
        parameters=[mlp_parameters(width, depth, inputs) for width in widths],
        loss=LOSS.name,
        cosines=[quantity.name for quantity in pairs],
        block=None if tier == "full" else BLOCK,
    )
    shown_as = "loss" if what == "loss" else "confusion"
    regime = [] if what == "matched" else [some_train(runs.losses)]
    if tier == "full":
        regime.append(shown(NARROW_STUCK, mean(runs.losses[:, 0] - np.log(10) / 2)))
    stopped = [near_one_loss(runs.losses)] if what == "matched" else []
    judge(
        runs.evidence(shown_as),
        controls=[*stopped, *controls_of(runs, shown_as)],
        regime=regime,
        mutants={"widths dealt at random": runs.dealt(shown_as)},
        plots=pictures(runs, "Fig. 6"),
        tables=[summary(runs), _pages(runs)],
    )


def _pages(runs):
    rows = [
        ["loss falling", page(-runs.losses)],
        ["lowest cosine rising", page(runs.lowest)],
    ]
    return table("Page's test over the widths", ["trend", "p"], rows)
