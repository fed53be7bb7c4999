"""Batch normalisation and skips against depth, alone and together (Fig. 4).

CNN-β-2 with and without batch normalisation and with and without skips:

    alone-helps      at the greatest depth each alone brings the loss below that of neither;
    alone-degrades   with one alone the loss still rises with depth;
    both-unconfused  with both, the lowest cosine at the greatest depth is above that with one;
    both-matched     the same among nets that are stopped at one training loss, beyond what random
                     directions of as many dimensions give.

Gradients with running statistics ("eval") are not those that training takes: with batch statistics
("train") they lie almost at right angles. The paper does not say which it measured, so the last
two must hold in both modes. 105 pairs among 15 minibatches serve for that comparison.
"""

import numpy as np

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.verdicts import (
    Claim,
    Criterion,
    Verdict,
    density_plot,
    holds,
    lines_plot,
    shown,
    table,
)

from .architecture_trends import of_pairs
from .blocks_at_one_loss import (
    BOTH,
    DEEP,
    FULL_DEEP,
    NEITHER,
    STOPPED_FULL,
    STOPPED_SMALL,
    judge_at_one_loss,
    than_one_alone,
)
from .paper import PAPER
from .recipes import (
    ACCURACY,
    CNN_COSINES,
    CNN_DEVIATIONS,
    CNN_ON_CIFAR10,
    CNN_ON_CIFAR100,
    CNN_WORLD,
    COSINES,
    FEW_EVAL,
    FEW_TRAIN,
    FULL_CNN_DEPTHS,
    FULL_STOPPED,
    FULL_WRN_DEPTHS,
    KINDS_OF_BLOCK,
    LOSS,
    STOPPED,
    full_cnn,
    small_cnn,
)

CLAIM = Claim(
    paper=PAPER,
    row="bn-skip",
    locator="§5, Figs 4 and 15",
    statement="Batch normalisation or skips alone help deep CNNs, which still degrade with depth; "
    "together they keep gradient confusion low.",
    kind="superiority",
    formula="L(neither) − L(one alone); L(deep) − L(shallow) with one alone; "
    "min cos(both) − min cos(one alone), all > 0",
    estimand="mean over seeds of the paired difference, the smaller of the two for one alone",
    unit="nats; nats; cosine",
    refuted_if="a difference is certainly smaller than the smallest effect, or of the other sign",
)

SHALLOW, FULL_SHALLOW = 10, 16
MATCHED = "both-matched"


def small():
    """Two depths of four kinds."""
    return Experiment(
        arms={
            f"{kind} {depth}": small_cnn(depth, batch_norm=norm, skips=skips)
            for kind, (norm, skips) in KINDS_OF_BLOCK.items()
            for depth in (SHALLOW, DEEP)
        },
        seeds=4,
        measure=(LOSS, CNN_COSINES, FEW_EVAL, FEW_TRAIN),
    )


def full_depths(kind):
    """The paper's depths; plain networks end at 40."""
    return FULL_CNN_DEPTHS if kind == NEITHER else FULL_WRN_DEPTHS


def full(training):
    """Fig. 4, or Fig. 15 on CIFAR-100."""
    return Experiment(
        arms={
            f"{kind} {depth}": full_cnn(training, depth, batch_norm=norm, skips=skips)
            for kind, (norm, skips) in KINDS_OF_BLOCK.items()
            for depth in full_depths(kind)
        },
        seeds=5,
        measure=(LOSS, COSINES, FEW_EVAL, FEW_TRAIN, ACCURACY),
    )


FULL = full(CNN_ON_CIFAR10)


CASES: dict[str, tuple[float, str, Verdict, str]] = {
    "alone-helps": (0.1, "0.1 nats, a twentieth of the starting loss", "CONFIRMED", ""),
    "alone-degrades": (
        0.05,
        "0.05 nats, about the loss that the best of these nets ends with",
        "INCONCLUSIVE",
        "with skips alone 22 layers end 0.02 nats above 10 on pilots, less than the smallest "
        "effect; four runs seldom tell",
    ),
    "both-unconfused": (
        0.05,
        "0.05, a fortieth of the scale [−1, 1]",
        "INCONCLUSIVE",
        "four runs leave the difference to batch normalisation alone open: on pilots 0.3 with "
        "running statistics, and 0.1 with those of minibatches, in which the nets are trained",
    ),
    MATCHED: (
        0.05,
        "0.05, a fortieth of the scale [−1, 1]",
        "INCONCLUSIVE",
        "with running statistics nets with both have the highest of the three lowest cosines, by "
        "less than eight runs tell; with those of minibatches, in which they are trained, a lower "
        "one than nets with skips alone",
    ),
}
AT_THE_END = tuple(name for name in CASES if name != MATCHED)


def form(name, experiment, deviations, licenses, *, known=True):
    """One of the three parts."""
    effect, because, expected, reason = CASES[name]
    return Form(
        experiment=experiment,
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=licenses,
            expected=expected if known else "CONFIRMED",
            expected_reason=reason if known else "",
            deviations=deviations,
        ),
    )


@claim(
    CLAIM,
    fast={
        **{
            name: form(name, small(), CNN_WORLD, "Nets of 10 and 22 layers on 500 digits.")
            for name in AT_THE_END
        },
        MATCHED: form(
            MATCHED, STOPPED_SMALL, (*CNN_WORLD, *STOPPED), "Nets of 22 layers on 500 digits."
        ),
    },
    full={
        **{
            name: form(name, FULL, CNN_DEVIATIONS, "The paper's own nets, CIFAR-10.", known=False)
            for name in AT_THE_END
        },
        MATCHED: form(
            MATCHED,
            STOPPED_FULL,
            (*CNN_DEVIATIONS, *FULL_STOPPED),
            "The paper's own nets of 40 layers, CIFAR-10.",
            known=False,
        ),
        **{
            f"cifar100-{name}": form(
                name,
                full(CNN_ON_CIFAR100),
                CNN_DEVIATIONS,
                "The paper's own nets, CIFAR-100 (Fig. 15).",
                known=False,
            )
            for name in AT_THE_END
        },
    },
)
def test_batch_norm_or_skips_help_and_together_keep_confusion_low(measured, judge, tier, case_name):
    pairs = COSINES if tier == "full" else CNN_COSINES
    if case_name == MATCHED:
        judge_at_one_loss(measured, judge, full=tier == "full")
        return
    chance = float(np.log(100 if case_name.startswith("cifar100") else 10))
    losses = measured(LOSS.name, worst=chance)
    cosines = of_pairs(measured(pairs.name, worst=-1.0))
    few = {
        "eval": of_pairs(measured(FEW_EVAL.name, worst=-1.0)),
        "train": of_pairs(measured(FEW_TRAIN.name, worst=-1.0)),
    }
    shallow, deep = (FULL_SHALLOW, FULL_DEEP) if tier == "full" else (SHALLOW, DEEP)
    lowest = {arm: values.min(axis=1) for arm, values in cosines.items()}
    seen = {mode: {a: v.min(axis=1) for a, v in arms.items()} for mode, arms in few.items()}
    controls, mutants = [_trains(losses, chance)], {}
    if case_name.endswith("alone-helps"):
        judged = than_one_alone(losses, lambda k: (f"{NEITHER} {deep}", f"{k} {deep}"))
        mutants = {
            "arms swapped": than_one_alone(losses, lambda k: (f"{k} {deep}", f"{NEITHER} {deep}"))
        }
    elif case_name.endswith("alone-degrades"):
        judged = than_one_alone(losses, lambda k: (f"{k} {deep}", f"{k} {shallow}"))
    else:
        judged = than_one_alone(lowest, lambda k: (f"{BOTH} {deep}", f"{k} {deep}"))
        mutants = {
            "arms swapped": than_one_alone(lowest, lambda k: (f"{k} {deep}", f"{BOTH} {deep}"))
        }
        controls += [
            shown(
                f"the same among 15 minibatches, in {mode} mode",
                than_one_alone(arms, lambda k: (f"{BOTH} {deep}", f"{k} {deep}")),
                when_failed="confounded",
            )
            for mode, arms in seen.items()
        ]
    judge(
        judged,
        controls=controls,
        mutants=mutants,
        plots=_pictures(losses, lowest, cosines, deep),
        tables=[
            table(
                "Means; lowest cosines of 100 pairs, and of 105 pairs in both modes",
                ["network", "loss", "lowest cosine", "eval, 15 minibatches", "train"],
                [
                    [a, losses[a].mean(), lowest[a].mean(), *(seen[m][a].mean() for m in seen)]
                    for a in losses
                ],
            )
        ],
    )


def _trains(losses, chance):
    lowest = min(values.mean() for values in losses.values())
    return holds(
        "some network trains",
        expectation="a mean final loss below half of ln C",
        observed=f"lowest mean {lowest:.3g}",
        held=lowest < chance / 2,
    )


def _pictures(losses, lowest, cosines, deep):
    return [
        lines_plot("Fig. 4: final training loss", "loss", "depth", _lines(losses), log=True),
        lines_plot("Fig. 4: lowest pairwise cosine", "lowest cosine", "depth", _lines(lowest)),
        density_plot(
            f"Pairwise cosines at depth {deep}, all runs",
            "cosine",
            {kind: cosines[f"{kind} {deep}"].ravel() for kind in KINDS_OF_BLOCK},
        ),
    ]


def _lines(arms):
    """{kind: (depths, (seeds, depths))} from arms called "kind depth"."""
    found = {}
    for kind in KINDS_OF_BLOCK:
        own = {a: v for a, v in arms.items() if a.rpartition(" ")[0] == kind}
        depths = [int(a.rpartition(" ")[2]) for a in own]
        found[kind] = (depths, [list(row) for row in zip(*own.values(), strict=True)])
    return found
