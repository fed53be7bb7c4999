"""Depth slows training down and width speeds it up: steps to a loss (Figs 2 and 3, §5).

T is the number of epochs until the training loss is at half of ln C, by the mean loss of every
epoch; all epochs where it never is, which only makes slow networks look faster. Steps an epoch are
the same for all networks of a world. Every network has the rate of a grid that ends with the lowest
training loss on pilots. log₂ T is to rise with log₂ of the depth and fall with log₂ of the width.
"""

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.verdicts import Claim, Criterion, Verdict

from . import test_depth_mlp, test_width_mlp
from .architecture_trends import (
    SOME_TRAIN,
    asserted,
    controls_of,
    pictures,
    some_train,
    summary,
    sweep,
)
from .convolutional_sweeps import Family
from .paper import PAPER
from .recipes import (
    DEEP_TANH_COSINES,
    DEPTH,
    DEPTHS,
    FULL_COSINES,
    FULL_DEPTH,
    FULL_DEPTHS,
    FULL_MLP_DEVIATIONS,
    FULL_WIDTH,
    FULL_WIDTHS,
    LOSS,
    MLP_COSINES,
    NARROW,
    ONE_SPLIT,
    WIDTHS,
    mlp_parameters,
)

CLAIM = Claim(
    paper=PAPER,
    row="convergence-speed",
    locator="§5, Figs 2 and 3, appendix A.1",
    statement="Deeper networks take more steps to a given training loss, and wider ones, given a "
    "sufficiently deep network, often fewer.",
    kind="trend",
    formula="slope over log₂ β of log₂ T, over log₂ ℓ of −log₂ T: both > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the depth or the width",
    unit="doublings of the epochs per doubling",
    quantifier="often",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
TENTH = "a tenth of a doubling: 7 % more epochs for a network twice as deep"
CNNS = {"cnn-depth": Family(factor="depth"), "cnn-width": Family(factor="width")}
PAPERS = {
    "cnn-depth": Family(factor="depth", data="cifar10"),
    "cnn-width": Family(factor="width", data="cifar10"),
    "cifar100-depth": Family(factor="depth", data="cifar100"),
    "cifar100-width": Family(factor="width", data="cifar100"),
    "wrn-depth": Family(factor="depth", data="cifar10", skips=True),
    "wrn-width": Family(factor="width", data="cifar10", skips=True),
}
SMALL: dict[str, tuple[float, str, Verdict, str]] = {
    "cnn-depth": (0.5, DECIDED, "CONFIRMED", ""),
    "cnn-width": (
        0.22,
        DECIDED,
        "REFUTED",
        "on pilots CNNs of 16 layers take as long whatever their width, each at its own rate",
    ),
    "identity-depth": (0.12, DECIDED, "CONFIRMED", ""),
    "tanh-depth": (0.1, TENTH, "CONFIRMED", ""),
    "tanh-width": (0.13, DECIDED, "CONFIRMED", ""),
}
WORLDS = {
    "identity-depth": f"linear MLPs of width {NARROW} and 3 to 30 layers on 1,000 digits",
    "tanh-depth": f"tanh MLPs of width {NARROW} and 3 to 30 layers on 1,000 digits",
    "tanh-width": test_width_mlp.WORLD,
}
MLP_ARMS = {
    "identity-depth": (test_depth_mlp.small("identity"), MLP_COSINES),
    "tanh-depth": (test_depth_mlp.small("tanh"), MLP_COSINES),
    "tanh-width": (test_width_mlp.SMALL, DEEP_TANH_COSINES),
}


def mlp(name):
    """One of the trends of MLPs on digits."""
    effect, because, expected, reason = SMALL[name]
    return Form(
        experiment=Experiment(
            arms=MLP_ARMS[name][0].arms,
            seeds=LOOKS,
            first_seed=FIRST_SEED,
            measure=MLP_ARMS[name][0].measure,
        ),
        sentence=asserted(WORLDS[name], name.rpartition("-")[2], "speed", effect),
        bearing="analogue",
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            expected=expected,
            expected_reason=reason,
            deviations=test_width_mlp.LATE if "width" in name else test_depth_mlp.SMALL_WORLD,
        ),
    )


def full_mlp(name):
    """The paper's own MLPs on MNIST: by Glorot's initialisation."""
    activation, _, factor = name.partition("-")
    if factor == "depth":
        form = test_depth_mlp.full(activation, "glorot", "loss")
        world = f"{test_depth_mlp.KIND[activation]} MLPs of width 100 and 3 to 1,000 layers"
    else:
        form = test_width_mlp.full(f"{activation}-glorot", "loss")
        world = f"{test_depth_mlp.KIND[activation]} MLPs of 300 layers, 10 to 1,000 wide,"
    return Form(
        experiment=form.experiment,
        sentence=asserted(f"{world} on MNIST", factor, "speed", 0.1),
        bearing="claim",
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=0.1, because=TENTH, licenses=ONE_SPLIT, deviations=FULL_MLP_DEVIATIONS
        ),
    )


FULL_MLPS = ("identity-depth", "tanh-depth", "identity-width", "tanh-width")
FAST = {
    **{name: family.small("speed", *SMALL[name]) for name, family in CNNS.items()},
    **{name: mlp(name) for name in MLP_ARMS},
}
FULL = {
    **{name: family.full("speed") for name, family in PAPERS.items()},
    **{name: full_mlp(name) for name in FULL_MLPS},
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_deeper_networks_take_longer_to_a_loss_and_wider_ones_less(
    measured, judge, tier, case_name
):
    families = PAPERS if tier == "full" else CNNS
    if case_name in families:
        families[case_name].judge("speed", measured, judge, f"Figs 2 and 3, {case_name}")
        return
    runs = _mlps(measured, case_name, tier)
    judge(
        runs.evidence("speed"),
        controls=controls_of(runs, "speed"),
        regime=[some_train(runs.losses)],
        mutants={f"{runs.factor}s dealt at random": runs.dealt("speed")},
        plots=pictures(runs, case_name),
        tables=[summary(runs)],
    )


def _mlps(measured, case_name, tier):
    """The MLPs of one trend."""
    factor = case_name.rpartition("-")[2]
    inputs, pairs = 64, None
    levels, other = (DEPTHS, NARROW) if factor == "depth" else (WIDTHS, DEPTH)
    if tier == "full":
        inputs, pairs = 784, (FULL_COSINES,)
        levels, other = (
            (FULL_DEPTHS, FULL_WIDTH) if factor == "depth" else (FULL_WIDTHS, FULL_DEPTH)
        )
    sizes = [(other, level) if factor == "depth" else (level, other) for level in levels]
    return sweep(
        measured,
        [str(level) for level in levels],
        factor=factor,
        levels=levels,
        parameters=[mlp_parameters(width, depth, inputs) for width, depth in sizes],
        loss=LOSS.name,
        cosines=[quantity.name for quantity in pairs or MLP_ARMS[case_name][1]],
        classes=10,
        curves=True,
    )
