"""Across architectures, less confused gradients go with faster training (the paper's thesis).

Among networks of one world, each at its own tuned rate, speed is the number of epochs until the
training loss is at half of ln C (all of them, if it never is). For each seed, Spearman's ρ over the
architectures between the lowest cosine at the end of training, where the paper expects confusion to
matter most, and minus that number; the estimand is its mean over seeds. The architectures are those
that there are, and nothing is said of others.
"""

import numpy as np
from scipy.stats import rankdata

from claims.dealt import dealt
from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import EPOCH_LOSSES, Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean
from dltheory.verdicts import Claim, Criterion, scatter_plot, shown, table

from . import test_bn_skip, test_depth_cnn, test_depth_mlp, test_width_cnn
from .architecture_trends import (
    BLOCK,
    SOME_TRAIN,
    epochs_to_half,
    lowest_at_random,
    lowest_of_blocks,
    some_train,
    together,
)
from .paper import PAPER
from .recipes import CNN_COSINES, COSINES, LOSS, MLP_COSINES, ONE_SPLIT

CLAIM = Claim(
    paper=PAPER,
    row="confusion-speed",
    locator="Abstract, §§3 and 5",
    statement="Architectures whose gradients are less confused towards the end of training train "
    "faster.",
    kind="correlation",
    formula="Spearman's ρ(min cos, −T) > 0 over architectures, T the epochs to half of ln C",
    estimand="mean over seeds of the rank correlation, over architectures, of the lowest cosine at "
    "the end with minus the epochs in which the training loss comes to half of ln C",
    unit="rank correlation",
    refuted_if="the correlation is certainly below the smallest effect",
)


def arms(experiments):
    """Every network of these families, called by its family; one that two share counts once."""
    once = {}
    for family, experiment in experiments.items():
        for name, arm in experiment.arms.items():
            once.setdefault(arm, f"{family} · {name}")
    return {name: arm for arm, name in once.items()}


CNNS = {
    "CNN by depth": test_depth_cnn.NETS.experiment("loss"),
    "CNN by width": test_width_cnn.NETS.experiment("loss"),
    "CNN": test_bn_skip.small(),
}
MLPS = {
    "linear MLP": test_depth_mlp.small("identity"),
    "tanh MLP": test_depth_mlp.small("tanh"),
}
PAPERS = {
    "CNN by depth": test_depth_cnn.PAPERS.experiment("loss"),
    "CNN by width": test_width_cnn.PAPERS.experiment("loss"),
    "CNN": test_bn_skip.FULL,
}
WEAK = "ρ = 0.3 is a weak relation; a thesis on what governs speed means no less"


def sentence(world, effect):
    """What is asserted of these architectures."""
    return (
        f"Among {world}, less confused gradients near the end go with fewer epochs until the "
        f"training loss is at half of ln C: the rank correlation is at least {effect:g}."
    )


FAST = {
    "cnn": Form(
        experiment=Experiment(
            arms=arms(CNNS), seeds=LOOKS, first_seed=FIRST_SEED, measure=(LOSS, CNN_COSINES)
        ),
        sentence=sentence("CNNs on 500 digits that differ in depth, width, norms and skips", 0.3),
        bearing="analogue",
        regime=(SOME_TRAIN,),
        criterion=Criterion(smallest_effect=0.3, because=WEAK, licenses=ONE_SPLIT),
    ),
    "mlp": Form(
        experiment=Experiment(
            arms=arms(MLPS), seeds=LOOKS, first_seed=FIRST_SEED, measure=(LOSS, *MLP_COSINES)
        ),
        sentence=sentence("linear and tanh MLPs of 3 to 30 layers on 1,000 digits", 0.3),
        bearing="analogue",
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=0.3,
            because=WEAK,
            licenses=ONE_SPLIT,
            expected="REFUTED",
            expected_reason="on pilots shallow linear nets, which end lowest, are the most "
            "confused of all",
        ),
    ),
}

FULL = Form(
    experiment=Experiment(arms=arms(PAPERS), seeds=5, measure=(LOSS, COSINES)),
    sentence=sentence("the paper's CNNs on CIFAR-10", 0.3),
    regime=(SOME_TRAIN,),
    criterion=Criterion(
        smallest_effect=0.3,
        because=WEAK,
        licenses=ONE_SPLIT,
        deviations=("correlation over architectures: the paper shows trends within families",),
    ),
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_less_confused_architectures_train_faster(measured, judge, case_name):
    pairs = {"cnn": (CNN_COSINES,), "mlp": MLP_COSINES}.get(case_name, (COSINES,))
    losses, curves = measured(LOSS.name), measured(EPOCH_LOSSES)
    cosines = together(measured, [quantity.name for quantity in pairs])
    loss = np.column_stack(list(losses.values()))
    lowest = np.column_stack([lowest_of_blocks(values, BLOCK) for values in cosines.values()])
    epochs = np.column_stack([epochs_to_half(values) for values in curves.values()])
    chance = lowest_at_random(10_000, BLOCK)
    judge(
        mean(rank_correlations(lowest, -epochs)),
        controls=[
            shown(
                "architectures differ in confusion by more than chance gives",
                mean(np.ptp(lowest, axis=1)),
                above=abs(chance),
            )
        ],
        regime=[some_train(loss)],
        mutants={"cosines of other architectures": mean(rank_correlations(dealt(lowest), -epochs))},
        plots=[
            scatter_plot(
                "Lowest cosine and speed, one point per architecture",
                "lowest cosine at the end",
                "epochs to half of ln C",
                _families(list(losses), lowest.mean(axis=0), epochs.mean(axis=0)),
            )
        ],
        tables=[
            table(
                "Architectures",
                ["architecture", "epochs to half of ln C", "final loss", "lowest cosine"],
                [
                    list(row)
                    for row in zip(
                        losses,
                        epochs.mean(axis=0),
                        loss.mean(axis=0),
                        lowest.mean(axis=0),
                        strict=True,
                    )
                ],
            )
        ],
    )


def rank_correlations(a, b):
    """Spearman's ρ of each row of a with that of b; 0 where one of them is constant."""
    ranks = [rankdata(values, axis=1) for values in (a, b)]
    centred = [values - values.mean(axis=1, keepdims=True) for values in ranks]
    lengths = np.prod([np.linalg.norm(values, axis=1) for values in centred], axis=0)
    return (centred[0] * centred[1]).sum(axis=1) / np.where(lengths > 0, lengths, 1.0)


def _families(names, x, y):
    of = np.array([name.partition(" · ")[0] for name in names])
    return {family: (x[of == family], y[of == family]) for family in dict.fromkeys(of)}
