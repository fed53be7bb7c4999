"""Batch normalisation and skips against depth, alone and together (Fig. 4).

CNN-β-2 with and without batch normalisation and with and without skips:

    alone-helps      each alone brings log₁₀ L below that of neither, at the greatest depth at which
                     the paper has all of them;
    alone-degrades   with one alone log₁₀ L still rises with depth, to the greatest depth;
    both-unconfused  with both, the lowest cosine at the greatest depth is above that with one;
    both-matched     the same among nets that are stopped at one training loss.

Gradients with running statistics (evaluation mode) are not those that training takes: with batch
statistics (“train”) they lie almost at right angles. The paper does not say which it measured, so
each of the last two is judged in either mode.
"""

import numpy as np

from claims.dealt import dealt, dealt_arms
from claims.seeds import FIRST_SEED
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference
from dltheory.verdicts import (
    Claim,
    Criterion,
    Verdict,
    density_plot,
    lines_plot,
    shown,
    table,
)

from .architecture_trends import SOME_TRAIN, decades, of_pairs, some_train
from .blocks_at_one_loss import (
    ALONE,
    BOTH,
    DEEP,
    FULL_DEEP,
    NEITHER,
    STOPPED_FULL,
    STOPPED_SMALL,
    at_random,
    beyond_dimension,
    judge_at_one_loss,
    than_one_alone,
)
from .paper import PAPER
from .recipes import (
    ACCURACY,
    CNN_COSINES,
    CNN_DEVIATIONS,
    CNN_LOOKS,
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
    STEM,
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
    formula="log₁₀ L(neither)/L(one alone); log₁₀ L(deep)/L(shallow) with one alone; "
    "min cos(both) − min cos(one alone), all > 0",
    estimand="mean over seeds of the paired difference, the smaller of the two for one alone",
    unit="decades of the loss; cosine",
    quantifier="every",
    refuted_if="a difference is certainly smaller than the smallest effect, or of the other sign",
)

SHALLOW, FULL_SHALLOW, DEEPEST = 10, 16, 100
EVAL, TRAIN = "", "-train"


def small():
    """Two depths of four kinds."""
    return Experiment(
        arms={
            f"{kind} {depth}": small_cnn(depth, batch_norm=norm, skips=skips)
            for kind, (norm, skips) in KINDS_OF_BLOCK.items()
            for depth in (SHALLOW, DEEP)
        },
        seeds=CNN_LOOKS,
        first_seed=FIRST_SEED,
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


HELPS, DEGRADES, UNCONFUSED, MATCHED = (
    "alone-helps",
    "alone-degrades",
    "both-unconfused",
    "both-matched",
)
DECIDED = "what 16 seeds decide with power 0.8, by the spread of pilots"
APART = "nets that are to stop at one loss end farther apart than 0.5 nats"
SEEN = "0.05 on an axis of the paper's figure that spans a few tenths"
SMALL: dict[str, tuple[float, str, Verdict, str]] = {
    HELPS: (0.3, "a factor of two", "CONFIRMED", ""),
    DEGRADES: (0.32, DECIDED, "CONFIRMED", ""),
    UNCONFUSED + EVAL: (0.36, DECIDED, "CONFIRMED", ""),
    UNCONFUSED + TRAIN: (0.23, DECIDED, "SMALLER", "on pilots the difference is 0.14"),
    MATCHED + EVAL: (0.34, DECIDED, "INCONCLUSIVE", APART),
    MATCHED + TRAIN: (0.26, DECIDED, "INCONCLUSIVE", APART),
}
FULL_EFFECTS = {
    HELPS: (0.3, "a factor of two, on an axis of five decades"),
    DEGRADES: (0.3, "a factor of two, on an axis of five decades"),
    UNCONFUSED + EVAL: (0.05, SEEN),
    UNCONFUSED + TRAIN: (0.05, SEEN),
    MATCHED + EVAL: (0.05, SEEN),
    MATCHED + TRAIN: (0.05, SEEN),
}
AT_THE_END = tuple(name for name in SMALL if not name.startswith(MATCHED))


def asserted(name, effect, data, depths):
    """The sentence of a form: `depths` are the shallow, the deep and the deepest."""
    shallow, deep, deepest = depths
    with_batch = "statistics of minibatches" if name.endswith(TRAIN) else "running statistics"
    if name == HELPS:
        return (
            f"In networks of {deep} layers on {data}, batch normalisation alone and skips alone "
            f"each end with a training loss at least {effect:g} decades below that of neither."
        )
    if name == DEGRADES:
        return (
            f"With batch normalisation alone and with skips alone, networks of {deepest} layers on "
            f"{data} end with a training loss at least {effect:g} decades above that of {shallow}."
        )
    layers, loss = (deep, ", stopped at one training loss") if MATCHED in name else (deepest, "")
    return (
        f"In networks of {layers} layers on {data}{loss}, the lowest cosine with both batch "
        f"normalisation and skips is at least {effect:g} above that with either alone, by "
        f"{with_batch}."
    )


def fast(name):
    """One of the parts on digits."""
    effect, because, expected, reason = SMALL[name]
    stopped = name.startswith(MATCHED)
    return Form(
        experiment=STOPPED_SMALL if stopped else small(),
        sentence=asserted(name, effect, "500 digits", (SHALLOW, DEEP, DEEP)),
        bearing="analogue",
        regime=() if stopped else (SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            expected=expected,
            expected_reason=reason,
            deviations=(*CNN_WORLD, *STOPPED) if stopped else CNN_WORLD,
        ),
    )


def papers(name, training, data):
    """One of the parts on the paper's data."""
    effect, because = FULL_EFFECTS[name]
    stopped = name.startswith(MATCHED)
    return Form(
        experiment=STOPPED_FULL if stopped else full(training),
        sentence=asserted(name, effect, data, (FULL_SHALLOW, FULL_DEEP, DEEPEST)),
        bearing="analogue" if stopped else "claim",
        regime=() if stopped else (SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            deviations=(*CNN_DEVIATIONS, *FULL_STOPPED) if stopped else CNN_DEVIATIONS,
        ),
    )


@claim(
    CLAIM,
    fast={name: fast(name) for name in SMALL},
    full={
        **{name: papers(name, CNN_ON_CIFAR10, "CIFAR-10") for name in FULL_EFFECTS},
        **{f"cifar100-{name}": papers(name, CNN_ON_CIFAR100, "CIFAR-100") for name in AT_THE_END},
    },
)
def test_batch_norm_or_skips_help_and_together_keep_confusion_low(measured, judge, tier, case_name):
    part = case_name.removeprefix("cifar100-")
    mode = "train" if part.endswith(TRAIN) else "eval"
    if part.startswith(MATCHED):
        judge_at_one_loss(measured, judge, full=tier == "full", mode=mode)
        return
    classes = 100 if case_name.startswith("cifar100") else 10
    losses = measured(LOSS.name, worst=float(np.log(classes)))
    at_the_end = COSINES if tier == "full" else CNN_COSINES
    cosines = of_pairs(measured((FEW_TRAIN if mode == "train" else at_the_end).name, worst=-1.0))
    shallow, deep = (FULL_SHALLOW, FULL_DEEP) if tier == "full" else (SHALLOW, DEEP)
    deepest = DEEPEST if tier == "full" else DEEP
    lowest = {arm: values.min(axis=1) for arm, values in cosines.items()}
    logs = {arm: decades(values) for arm, values in losses.items()}

    plain = f"{NEITHER} {shallow}"
    if part == HELPS:
        judged, mutant = _helps(logs, deep)
        control = shown(
            "with neither, the shallow network trains",
            mean(np.log(classes) / 2 - losses[plain]),
        )
    elif part == DEGRADES:
        judged, mutant = _degrades(logs, shallow, deepest)
        control = shown(
            "with neither, depth raises the loss",
            paired_difference(logs[f"{NEITHER} {deep}"], logs[plain]),
        )
    else:
        judged, mutant = _unconfused(lowest, deepest)
        control = _dimension(lowest, cosines, deepest, tier, classes)
    judge(
        judged,
        controls=[control],
        regime=[some_train(np.column_stack(list(losses.values())), classes)],
        mutants={"networks dealt at random": mutant},
        plots=_pictures(losses, lowest, cosines, deepest, mode),
        tables=[
            table(
                f"Means; lowest cosines in {mode} mode",
                ["network", "loss", "log₁₀ loss", "lowest cosine"],
                [[a, losses[a].mean(), logs[a].mean(), lowest[a].mean()] for a in losses],
            )
        ],
    )


def _helps(logs, deep):
    """By how much each alone is below neither, and the same with the three dealt at random."""
    arms = {kind: logs[f"{kind} {deep}"] for kind in (NEITHER, *ALONE)}
    found = [than_one_alone(x, lambda kind: (NEITHER, kind)) for x in (arms, dealt_arms(arms))]
    return found[0], found[1]


def _degrades(logs, shallow, deep):
    """By how much each is higher at the greater depth, and with the two depths dealt at random."""
    arms = {(kind, depth): logs[f"{kind} {depth}"] for kind in ALONE for depth in (shallow, deep)}
    broken = {}
    for kind in ALONE:
        pair = dealt(np.column_stack([arms[kind, shallow], arms[kind, deep]]))
        broken |= {(kind, shallow): pair[:, 0], (kind, deep): pair[:, 1]}
    found = [
        than_one_alone(x, lambda kind: ((kind, deep), (kind, shallow))) for x in (arms, broken)
    ]
    return found[0], found[1]


def _unconfused(lowest, deep):
    """How far both are above each alone, and the same with the three dealt at random."""
    arms = {kind: lowest[f"{kind} {deep}"] for kind in (BOTH, *ALONE)}
    found = [than_one_alone(x, lambda kind: (BOTH, kind)) for x in (arms, dealt_arms(arms))]
    return found[0], found[1]


def _dimension(lowest, cosines, deep, tier, classes):
    """The control that the difference is not that of the networks' dimensions."""
    stem, channels = (16, 3) if tier == "full" else (STEM, 1)
    kinds = (BOTH, *ALONE)
    pairs = cosines[f"{BOTH} {deep}"].shape[1]
    return beyond_dimension(
        {kind: lowest[f"{kind} {deep}"] for kind in kinds},
        {kind: at_random(kind, deep, stem, channels, pairs, classes) for kind in kinds},
    )


def _pictures(losses, lowest, cosines, deep, mode):
    kinds = [kind for kind in KINDS_OF_BLOCK if f"{kind} {deep}" in cosines]
    return [
        lines_plot("Fig. 4: final training loss", "loss", "depth", _lines(losses), log=True),
        lines_plot(
            f"Fig. 4: lowest pairwise cosine, {mode} mode", "lowest cosine", "depth", _lines(lowest)
        ),
        density_plot(
            f"Pairwise cosines at depth {deep}, all runs",
            "cosine",
            {kind: cosines[f"{kind} {deep}"].ravel() for kind in kinds},
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
