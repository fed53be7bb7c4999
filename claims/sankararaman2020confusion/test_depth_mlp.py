"""Depth makes MLPs harder to train and their gradients more confused (A.1, Fig. 5).

At fixed width, as the number of hidden layers β grows,

    loss        the final training loss rises, in decades,
    confusion   the lowest cosine between gradients of two minibatches falls,
    matched     it falls also among nets that are stopped at one training loss.

For linear and tanh nets. A linear net of any depth computes a linear map, so what depth changes is
the path alone. In the small world the lowest cosine is the mean of those after each of the last
eight epochs, since at a constant rate it moves from epoch to epoch. Networks that do not train
count, as in the paper's figure. The paper does not compare networks at one loss: those forms are
analogues.
"""

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.verdicts import Claim, Criterion, Verdict

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
    COSINES,
    DEEP_MLP_ON_DIGITS,
    DEEP_ON_MNIST,
    DEPTHS,
    FULL_COSINES,
    FULL_DEPTHS,
    FULL_MLP_DEVIATIONS,
    FULL_WIDTH,
    LONGER_MLP_ON_DIGITS,
    LOSS,
    MATCHED_LOSS,
    MLP_COSINES,
    MLP_RATES,
    NARROW,
    ONE_SPLIT,
    OVER_LATE_EPOCHS,
    SHORT_DEPTHS,
    STOPPED_COSINES,
    full_mlp,
    matched,
    mlp_parameters,
    tuned,
    widened,
)

CLAIM = Claim(
    paper=PAPER,
    row="depth-mlp",
    locator="Appendix A.1, Fig. 5",
    statement="At fixed width, deeper MLPs end with a higher loss and more gradient confusion.",
    kind="trend",
    formula="slope over log₂ β of log₁₀ L, of −min cos(∇L_A, ∇L_B): both > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the depth",
    unit="decades of the loss, or cosine, per doubling of the depth",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
FACTOR = "0.05 decades per doubling are a factor of 1.5 over the range of depths"
FULL_EFFECTS = {
    "loss": (0.1, "a tenth of a decade per doubling, on axes of decades"),
    "confusion": (0.02, "0.02 per doubling: over the range of depths, a sixth of the unit cosine"),
}
SMALL_WORLD = (f"3 to 30 layers of 16 units on digits for 20 epochs; {OVER_LATE_EPOCHS}",)
STOPPED_WORLD = (
    "3 to 30 layers of 16 units on digits; the mean of the lowest cosines of four times 100 pairs",
)
KIND = {"identity": "linear", "tanh": "tanh"}
NAMES = {"glorot": "Glorot's initialisation", "lecun": "LeCun's initialisation"}
MATCHED_RATE = {"identity": 0.01, "tanh": 0.1}


def small(activation):
    """Every depth."""
    nets = {
        str(depth): widened(LONGER_MLP_ON_DIGITS, NARROW, depth, activation=activation)
        for depth in DEPTHS
    }
    arms = {name: tuned(training, MLP_RATES, pilots=1) for name, training in nets.items()}
    return Experiment(arms=arms, seeds=LOOKS, first_seed=FIRST_SEED, measure=(LOSS, *MLP_COSINES))


def stopped(activation):
    """Nets that are stopped at one loss."""
    return Experiment(
        arms={
            str(depth): matched(
                widened(DEEP_MLP_ON_DIGITS, NARROW, depth, activation=activation).at_rate(
                    MATCHED_RATE[activation]
                ),
                MATCHED_LOSS,
            ).but(epochs=30)
            for depth in DEPTHS
        },
        seeds=LOOKS,
        first_seed=FIRST_SEED,
        measure=(LOSS, STOPPED_COSINES),
    )


CLOSE = (
    "with the tuned rates shallow nets come close to zero loss, where gradients disagree most, so "
    "the cosine leans the other way"
)
RISES = "on the seeds that judge, the lowest cosine rises with depth; on pilots it fell by 0.06"
SMALL: dict[tuple[str, str], tuple[float, str, Verdict, str]] = {
    ("identity", "loss"): (0.05, FACTOR, "CONFIRMED", ""),
    ("identity", "confusion"): (0.03, DECIDED, "REFUTED", CLOSE),
    ("identity", "matched"): (0.04, DECIDED, "CONFIRMED", ""),
    ("tanh", "loss"): (0.05, FACTOR, "CONFIRMED", ""),
    ("tanh", "confusion"): (0.08, DECIDED, "REFUTED", RISES),
    ("tanh", "matched"): (0.12, DECIDED, "CONFIRMED", ""),
}


def fast(activation, what):
    """One activation, one of the three trends."""
    effect, because, expected, reason = SMALL[activation, what]
    experiment, deviations, at = small(activation), SMALL_WORLD, ""
    if what == "confusion":
        at = ", over the last eight of 20 epochs"
    if what == "matched":
        rate = f"learning rate {MATCHED_RATE[activation]} at every depth"
        experiment, deviations = stopped(activation), (*STOPPED_WORLD, rate)
        at = f" that are stopped at a training loss of {MATCHED_LOSS:g}"
    world = (
        f"{KIND[activation]} MLPs of width {NARROW} and {DEPTHS[0]} to {DEPTHS[-1]} layers on "
        f"1,000 digits{at}"
    )
    return Form(
        experiment=experiment,
        sentence=asserted(world, "depth", shown_as(what), effect),
        unit=unit("depth", shown_as(what)),
        bearing="analogue",
        regime=() if what == "matched" else (SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


def full(activation, initialisation, what):
    """The paper's own depths, to 1,000 layers."""
    kind = {"activation": activation, "initialisation": initialisation}
    effect, because = FULL_EFFECTS[what]
    world = (
        f"{KIND[activation]} MLPs of width {FULL_WIDTH} and 3 to 1,000 layers on MNIST, by "
        f"{NAMES[initialisation]}"
    )
    return Form(
        experiment=Experiment(
            arms={str(depth): full_mlp(depth, FULL_WIDTH, **kind) for depth in FULL_DEPTHS},
            seeds=10,
            measure=(LOSS, FULL_COSINES),
        ),
        sentence=asserted(world, "depth", what, effect),
        unit=unit("depth", what),
        bearing="claim",
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            deviations=FULL_MLP_DEVIATIONS,
        ),
    )


def shown_as(what):
    """The quantity of a trend: "loss" or "confusion"."""
    return "loss" if what == "loss" else "confusion"


SHORT = Experiment(
    arms={
        str(depth): tuned(
            widened(DEEP_ON_MNIST, FULL_WIDTH, depth, activation="identity").but(epochs=1),
            (0.01, 0.001),
            pilots=1,
        )
        for depth in SHORT_DEPTHS
    },
    seeds=3,
    measure=(LOSS, COSINES),
)


def short(what):
    """Real MNIST within minutes on two cores: a hundredth of the paper's steps."""
    effect, because = FULL_EFFECTS[what]
    world = "linear MLPs of width 100 and 3 to 100 layers after one epoch of MNIST"
    return Form(
        experiment=SHORT,
        sentence=asserted(world, "depth", what, effect),
        unit=unit("depth", what),
        bearing="analogue",
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            expected="REFUTED" if what == "confusion" else "CONFIRMED",
            expected_reason="deep nets are farther from a loss of 0, where gradients agree more"
            if what == "confusion"
            else "",
            licenses=ONE_SPLIT,
            deviations=(
                "one epoch (391 steps) instead of 40,000 steps, depth to 100, three runs, 100 "
                "pairs, learning rate 0.01 or 0.001, chosen by one pilot",
            ),
        ),
    )


@claim(
    CLAIM,
    fast={f"{a}-{what}": fast(a, what) for a, what in SMALL},
    full={
        **{
            f"{a}-{i}-{what}": full(a, i, what)
            for a in ("identity", "tanh")
            for i in ("glorot", "lecun")
            for what in ("loss", "confusion")
        },
        **{f"short-{what}": short(what) for what in ("loss", "confusion")},
    },
)
def test_deeper_mlps_end_with_higher_loss_and_more_confusion(measured, judge, tier, case_name):
    what = case_name.rpartition("-")[2]
    width, inputs, depths, pairs = NARROW, 64, DEPTHS, MLP_COSINES
    if tier == "full":
        width, inputs, depths, pairs = FULL_WIDTH, 784, FULL_DEPTHS, (FULL_COSINES,)
    if case_name.startswith("short"):
        depths, pairs = SHORT_DEPTHS, (COSINES,)
    if what == "matched":
        pairs = (STOPPED_COSINES,)
    runs = sweep(
        measured,
        [str(depth) for depth in depths],
        factor="depth",
        levels=depths,
        parameters=[mlp_parameters(width, depth, inputs) for depth in depths],
        loss=LOSS.name,
        cosines=[quantity.name for quantity in pairs],
        block=None if tier == "full" else BLOCK,
    )
    quantity = shown_as(what)
    stopped = [near_one_loss(runs.losses)] if what == "matched" else []
    judge(
        runs.evidence(quantity),
        controls=[*stopped, *controls_of(runs, quantity)],
        regime=[] if what == "matched" else [some_train(runs.losses)],
        mutants={"depths dealt at random": runs.dealt(quantity)},
        plots=pictures(runs, "Fig. 5"),
        tables=[summary(runs)],
    )
