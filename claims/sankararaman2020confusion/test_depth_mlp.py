"""Depth makes MLPs harder to train and their gradients more confused (A.1, Fig. 5).

At fixed width, as the number of hidden layers β grows,

    loss        the final training loss rises,
    confusion   the lowest cosine between gradients of two minibatches falls,
    matched     it falls also among nets that are stopped at one training loss.

For linear and tanh nets. A linear net of any depth computes a linear map, so what depth changes is
the path alone; orthogonal initialisation, which keeps lengths through any number of layers, asks
whether it is depth or Glorot's random products.
"""

from dltheory.experiments import Experiment
from dltheory.models import MLP, Initialised, Orthogonal
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, paired_difference
from dltheory.verdicts import Claim, Criterion, Verdict, shown

from .architecture_trends import near_one_loss, nulls, pictures, summary, sweep, trains
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
    LOSS,
    MATCHED_LOSS,
    MLP_RATES,
    NARROW,
    SHORT_DEPTHS,
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
    formula="slope over log₂ β of L, of −min cos(∇L_A, ∇L_B): both > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the depth",
    unit="per doubling of the depth",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

EFFECTS = {
    "loss": (0.05, "0.05 nats per doubling: over the range of depths, a tenth of ln 10"),
    "confusion": (0.02, "0.02 per doubling: over the range of depths, a tenth of the unit cosine"),
    "matched": (0.02, "as at the end of training"),
}
SMALL_WORLD = ("3 to 100 layers of 16 units on digits for 10 epochs",)
MATCHED_RATE = {"identity": 0.01, "tanh": 0.1}
MATCHED_DEPTHS = (3, 10, 30)


def small(activation):
    """Every depth; beside linear nets, orthogonal ones."""
    nets = {
        str(depth): widened(DEEP_MLP_ON_DIGITS, NARROW, depth, activation=activation)
        for depth in DEPTHS
    }
    if activation == "identity":
        for depth in (3, 30):
            model = MLP(hidden=(NARROW,) * depth, activation="identity")
            nets[f"orthogonal {depth}"] = DEEP_MLP_ON_DIGITS.but(
                model=Initialised(model=model, by=Orthogonal())
            )
    arms = {name: tuned(training, MLP_RATES, pilots=1) for name, training in nets.items()}
    return Experiment(arms=arms, seeds=8, measure=(LOSS, COSINES))


def stopped(activation):
    """Nets that are stopped at one loss. The deepest would not come down to it in time."""
    return Experiment(
        arms={
            str(depth): matched(
                widened(DEEP_MLP_ON_DIGITS, NARROW, depth, activation=activation).at_rate(
                    MATCHED_RATE[activation]
                ),
                MATCHED_LOSS,
            ).but(epochs=30)
            for depth in MATCHED_DEPTHS
        },
        seeds=8,
        measure=(LOSS, COSINES),
    )


EXPECTED: dict[tuple[str, str], tuple[Verdict, str]] = {
    ("identity", "loss"): (
        "INCONCLUSIVE",
        "confounded: from 3 to 30 layers the loss rises by 0.07 nats with orthogonal "
        "initialisation and by 1.2 with Glorot's, so it is the initialisation more than the depth",
    ),
    ("tanh", "confusion"): (
        "INCONCLUSIVE",
        "on pilots the lowest cosine rises from 3 to 10 layers and falls from there, by 0.1 per "
        "doubling in all, less than eight runs tell; at 100 layers three of eight do not train",
    ),
    ("identity", "confusion"): (
        "INCONCLUSIVE",
        "with the tuned rates shallow nets come close to zero loss, where gradients disagree most, "
        "so the cosine leans the other way and the slope is open",
    ),
}


def fast(activation, what):
    """One activation, one of the three trends."""
    effect, because = EFFECTS[what]
    expected, reason = EXPECTED.get((activation, what), ("CONFIRMED", ""))
    experiment, deviations = small(activation), SMALL_WORLD
    if what == "matched":
        rate = f"learning rate {MATCHED_RATE[activation]} at every depth"
        experiment, deviations = stopped(activation), (*SMALL_WORLD, rate)
    return Form(
        experiment=experiment,
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=f"{activation} MLPs of width 16 on digits: {what}.",
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


def full(activation, initialisation, what):
    """The paper's own depths, to 1,000 layers."""
    kind = {"activation": activation, "initialisation": initialisation}
    return Form(
        experiment=Experiment(
            arms={str(depth): full_mlp(depth, FULL_WIDTH, **kind) for depth in FULL_DEPTHS},
            seeds=10,
            measure=(LOSS, FULL_COSINES),
        ),
        criterion=Criterion(
            smallest_effect=EFFECTS[what][0],
            because="as in the small world: the paper prints no numbers",
            licenses=f"The paper's own {what} trend, {activation} MLPs, {initialisation}.",
            deviations=FULL_MLP_DEVIATIONS,
        ),
    )


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
    """Real MNIST within minutes on two cores."""
    return Form(
        experiment=SHORT,
        criterion=Criterion(
            smallest_effect=EFFECTS[what][0],
            because="as in the small world",
            licenses=f"The {what} of linear MLPs of 3 to 100 layers after one epoch of MNIST.",
            expected="REFUTED" if what == "confusion" else "CONFIRMED",
            expected_reason="deep nets are farther from a loss of 0, where gradients agree more"
            if what == "confusion"
            else "",
            deviations=(
                "one epoch (391 steps) instead of 40,000 steps, depth to 100, three runs, 100 "
                "pairs, learning rate 0.01 or 0.001, chosen by one pilot",
            ),
        ),
    )


@claim(
    CLAIM,
    fast={f"{a}-{what}": fast(a, what) for a in ("identity", "tanh") for what in EFFECTS},
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
    width, inputs, depths = (
        (FULL_WIDTH, 784, FULL_DEPTHS) if tier == "full" else (NARROW, 64, DEPTHS)
    )
    if case_name.startswith("short"):
        depths = SHORT_DEPTHS
    if what == "matched":
        depths = MATCHED_DEPTHS
    pairs = FULL_COSINES if tier == "full" and "short" not in case_name else COSINES
    runs = sweep(
        measured,
        [str(depth) for depth in depths],
        factor="depth",
        levels=depths,
        parameters=[mlp_parameters(width, depth, inputs) for depth in depths],
        loss=LOSS.name,
        cosines=pairs.name,
    )
    shows = "loss" if what == "loss" else "confusion"
    judged = runs.evidence(shows)
    controls = [near_one_loss(runs.losses) if what == "matched" else trains(runs)]
    if case_name == "identity-loss":
        losses = measured(LOSS.name, worst=2.303)
        controls.append(
            shown(
                "depth costs something with orthogonal initialisation too, from 3 to 30 layers",
                paired_difference(losses["orthogonal 30"], losses["orthogonal 3"]),
                above=0.05,
                when_failed="confounded",
            )
        )
    judge(
        judged,
        controls=[*controls, *nulls(runs, shows)],
        mutants={"depths in reverse": opposite(judged)},
        plots=pictures(runs, "Fig. 5"),
        tables=[summary(runs)],
    )
