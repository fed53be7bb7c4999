"""Across architectures, less confused gradients go with faster training (the paper's thesis).

Each architecture gives one point: the mean over seeds of the lowest cosine at the end of training,
and of the final training loss. The claim is a rank correlation of the first with minus
the second. At the end the two are entangled, since gradients at a loss near 0 differ from those at
a high loss; at initialisation all losses are near ln C, and there confusion would have to foretell
the speed to be its cause.
"""

import numpy as np

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, rank_correlation
from dltheory.verdicts import Claim, Criterion, scatter_plot, shown, table

from . import test_bn_skip, test_depth_cnn, test_depth_mlp, test_width_cnn, test_width_mlp
from .architecture_trends import of_pairs
from .paper import PAPER
from .recipes import COSINES, FEW_AT_START, FEW_EVAL, LOSS

CLAIM = Claim(
    paper=PAPER,
    row="confusion-speed",
    locator="Abstract, §§3 and 5",
    statement="Architectures whose gradients are less confused train faster.",
    kind="correlation",
    formula="Spearman's ρ(min cos, −L) > 0 over architectures",
    estimand="rank correlation of the mean lowest cosine with minus the mean final loss",
    unit="rank correlation",
    refuted_if="the correlation is certainly below 0.3",
)


def arms():
    """Every network of the fast tier, called by its family."""
    experiments = {
        "linear MLP": test_depth_mlp.small("identity"),
        "tanh MLP": test_depth_mlp.small("tanh"),
        "CNN by depth": test_depth_cnn.NETS.experiment("loss"),
        "CNN by width": test_width_cnn.NETS.experiment("loss"),
        "CNN": test_bn_skip.small(),
        "tanh MLP, 20 layers": test_width_mlp.SMALL,
    }
    once = {}
    for family, experiment in experiments.items():
        for name, arm in experiment.arms.items():  # networks that two claims share count once
            once.setdefault(arm, f"{family} · {name}")
    return {name: arm for arm, name in once.items()}


FAST = Form(
    experiment=Experiment(arms=arms(), seeds=4, measure=(LOSS, FEW_EVAL, FEW_AT_START)),
    criterion=Criterion(
        smallest_effect=0.3,
        because="ρ = 0.3 is a weak relation; a thesis on what governs speed means no less",
        licenses="The small networks of this suite, as many images as each family was given.",
        deviations=(
            "lowest of the 105 cosines among 15 minibatches of 32 instead of 100 pairs of 128",
        ),
        expected="INCONCLUSIVE",
        expected_reason="within the families of the pilots the lowest cosine goes up and down with "
        "the loss, by batch norm and by how close to 0 the loss is",
    ),
)

FULL = Form(
    experiment=Experiment(
        arms={
            f"{family} · {name}": arm
            for family, experiment in (
                ("CNN by depth", test_depth_cnn.PAPERS.experiment("loss")),
                ("CNN by width", test_width_cnn.PAPERS.experiment("loss")),
                ("CNN", test_bn_skip.FULL),
            )
            for name, arm in experiment.arms.items()
        },
        seeds=5,
        measure=(LOSS, COSINES),
    ),
    criterion=Criterion(
        smallest_effect=0.3,
        because="ρ = 0.3 is a weak relation; a thesis on what governs speed means no less",
        licenses="The paper's own networks on CIFAR-10.",
        deviations=("correlation over architectures: the paper shows trends within families",),
    ),
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_less_confused_architectures_train_faster(measured, judge, tier):
    pairs = COSINES if tier == "full" else FEW_EVAL
    losses = measured(LOSS.name, worst=float(np.log(10)))
    loss = _means(losses)
    end = _means({a: v.min(axis=1) for a, v in of_pairs(measured(pairs.name, worst=-1.0)).items()})
    judged = rank_correlation(end, -loss)
    controls = []
    if tier == "fast":
        at_start = of_pairs(measured(FEW_AT_START.name, worst=-1.0))
        start = _means({a: v.min(axis=1) for a, v in at_start.items()})
        controls = [
            shown(
                "confusion at initialisation, where losses are equal, foretells the final loss",
                rank_correlation(start, -loss),
                when_failed="confounded",
            )
        ]
    judge(
        judged,
        controls=controls,
        mutants={"sign reversed": opposite(judged)},
        plots=[
            scatter_plot(
                "Lowest cosine and final loss, one point per architecture",
                "lowest cosine at the end",
                "final training loss",
                _families(list(losses), loss, end),
            )
        ],
        tables=[
            table(
                "Architectures",
                ["architecture", "final loss", "lowest cosine"],
                [list(row) for row in zip(losses, loss, end, strict=True)],
            )
        ],
    )


def _means(arms):
    return np.array([values.mean() for values in arms.values()])


def _families(names, x, y):
    of = np.array([name.partition(" · ")[0] for name in names])
    return {family: (x[of == family], y[of == family]) for family in dict.fromkeys(of)}
