"""Batch normalisation and skips against depth, alone and together (Figs 4 and 15).

CNN-β-2 with and without batch normalisation and with and without skips:

    alone-helps      each alone brings log₁₀ L below that of neither, at the greatest depth at which
                     the paper has all of them;
    alone-degrades   with one alone log₁₀ L still rises with depth, to the greatest depth;
    alone-confused   with one alone the lowest cosine still falls with depth;
    both-unconfused  with both, the lowest cosine at the greatest depth is above that with one;
    both-matched     the same among nets that are stopped at one training loss.

At full scale the greatest depth is 100, where the paper's figure ends; 40 with neither. What depth
does to networks with one alone is judged there only: on digits 16 layers are too few for skips
alone to end higher than 10, and deeper networks are too dear.

Gradients with running statistics (evaluation mode) are not those that training takes: with batch
statistics (“train”) they lie almost at right angles. The paper does not say which it measured, so
the last three are judged in either mode.
"""

import numpy as np

from claims.dealt import dealt, dealt_arms
from claims.seeds import FIRST_SEED, LOOKS
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

from .architecture_trends import BLOCK, SOME_TRAIN, decades, lowest_of_blocks, some_train
from .blocks_at_one_loss import (
    ALONE,
    BOTH,
    DEEPEST,
    NEITHER,
    STOPPED,
    at_random,
    beyond_dimension,
    judge_at_one_loss,
    than_one_alone,
)
from .paper import PAPER
from .recipes import (
    ACCURACY,
    CNN_COSINES,
    CNN_COSINES_TRAIN,
    CNN_DEVIATIONS,
    CNN_MEASURES,
    CNN_ON_CIFAR10,
    CNN_ON_CIFAR100,
    CNN_WORLD,
    COSINES,
    COSINES_TRAIN,
    FULL_CNN_DEPTHS,
    FULL_STOPPED,
    FULL_WRN_DEPTHS,
    KINDS_OF_BLOCK,
    LOSS,
    ONE_SPLIT,
    STEM,
    full_cnn,
    small_cnn,
)

CLAIM = Claim(
    paper=PAPER,
    row="bn-skip",
    locator="§5, Figs 4 and 15",
    statement="Batch normalisation or skips alone help deep CNNs, which still get worse and more "
    "confused with depth; together they keep gradient confusion low.",
    kind="superiority",
    formula="log₁₀ L(neither)/L(one alone); log₁₀ L(deep)/L(shallow) and min cos(shallow) − "
    "min cos(deep) with one alone; min cos(both) − min cos(one alone), all > 0",
    estimand="mean over seeds of the paired difference, the smaller of the two for one alone",
    unit="decades of the loss; cosine",
    quantifier="every",
    refuted_if="a difference is certainly smaller than the smallest effect, or of the other sign",
)

SHALLOW, DEEP, FULL_SHALLOW, FULL_DEEP = 10, 16, 16, 40
EVAL, TRAIN = "", "-train"


def small():
    """Four kinds at the greater depth; neither and both at the smaller one too."""
    return Experiment(
        arms={
            f"{kind} {depth}": small_cnn(depth, batch_norm=norm, skips=skips)
            for kind, (norm, skips) in KINDS_OF_BLOCK.items()
            for depth in ((DEEP,) if kind in ALONE else (SHALLOW, DEEP))
        },
        seeds=LOOKS,
        first_seed=FIRST_SEED,
        measure=(*CNN_MEASURES, CNN_COSINES_TRAIN),
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
        measure=(LOSS, COSINES, COSINES_TRAIN, ACCURACY),
    )


FULL = full(CNN_ON_CIFAR10)


HELPS, DEGRADES, CONFUSED, UNCONFUSED, MATCHED = (
    "alone-helps",
    "alone-degrades",
    "alone-confused",
    "both-unconfused",
    "both-matched",
)
DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
SHALLOW_ENOUGH = (
    "at 16 layers batch normalisation alone keeps the lowest cosine as high; the paper speaks of "
    "very deep networks"
)
FACTOR = "a factor of two, on an axis of five decades"
SEEN = "0.05, where the axes of Figs 11 and 12 span 0.1 and 0.18"
SMALL: dict[str, tuple[float, str, Verdict, str]] = {
    HELPS: (0.6, DECIDED, "CONFIRMED", ""),
    UNCONFUSED + EVAL: (0.08, DECIDED, "REFUTED", SHALLOW_ENOUGH),
    UNCONFUSED + TRAIN: (0.15, DECIDED, "SMALLER", "on pilots the difference is 0.11"),
}
FULL_EFFECTS = {
    HELPS: (0.3, FACTOR),
    DEGRADES: (0.3, FACTOR),
    **{part + mode: (0.05, SEEN) for part in (CONFUSED, UNCONFUSED) for mode in (EVAL, TRAIN)},
}
FULL_MATCHED = {MATCHED + mode: (0.05, SEEN) for mode in (EVAL, TRAIN)}


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
    if name.startswith(CONFUSED):
        return (
            f"With batch normalisation alone and with skips alone, the lowest cosine in networks "
            f"of {deepest} layers on {data} is at least {effect:g} below that of {shallow}, by "
            f"{with_batch}."
        )
    loss = ", stopped at one training loss" if MATCHED in name else ""
    return (
        f"In networks of {deepest} layers on {data}{loss}, the lowest cosine with both batch "
        f"normalisation and skips is at least {effect:g} above that with either alone, by "
        f"{with_batch}."
    )


def unit(name):
    """The unit of a part."""
    return "decades of the loss" if name in (HELPS, DEGRADES) else "cosine"


def fast(name):
    """One of the parts on digits."""
    effect, because, expected, reason = SMALL[name]
    return Form(
        experiment=small(),
        sentence=asserted(name, effect, "500 digits", (SHALLOW, DEEP, DEEP)),
        unit=unit(name),
        bearing="analogue",
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            expected=expected,
            expected_reason=reason,
            deviations=CNN_WORLD,
        ),
    )


def papers(name, training, data):
    """One of the parts on the paper's data."""
    stopped = name.startswith(MATCHED)
    effect, because = (FULL_MATCHED if stopped else FULL_EFFECTS)[name]
    return Form(
        experiment=STOPPED if stopped else full(training),
        sentence=asserted(name, effect, data, (FULL_SHALLOW, FULL_DEEP, DEEPEST)),
        unit=unit(name),
        bearing="analogue" if stopped else "claim",
        regime=() if stopped else (SOME_TRAIN,),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            deviations=(*CNN_DEVIATIONS, *FULL_STOPPED) if stopped else CNN_DEVIATIONS,
        ),
    )


@claim(
    CLAIM,
    fast={name: fast(name) for name in SMALL},
    full={
        **{
            name: papers(name, CNN_ON_CIFAR10, "CIFAR-10")
            for name in (*FULL_EFFECTS, *FULL_MATCHED)
        },
        **{f"cifar100-{name}": papers(name, CNN_ON_CIFAR100, "CIFAR-100") for name in FULL_EFFECTS},
    },
)
def test_batch_norm_or_skips_help_and_together_keep_confusion_low(measured, judge, tier, case_name):
    part = case_name.removeprefix("cifar100-")
    mode = "train" if part.endswith(TRAIN) else "eval"
    if part.startswith(MATCHED):
        judge_at_one_loss(measured, judge, mode=mode)
        return
    classes = 100 if case_name.startswith("cifar100") else 10
    shallow, deep, deepest = SHALLOW, DEEP, DEEP
    pairs = {"eval": CNN_COSINES, "train": CNN_COSINES_TRAIN}
    if tier == "full":
        shallow, deep, deepest = FULL_SHALLOW, FULL_DEEP, DEEPEST
        pairs = {"eval": COSINES, "train": COSINES_TRAIN}
    losses, cosines = measured(LOSS.name), measured(pairs[mode].name)
    block = BLOCK if mode == "eval" else None
    lowest = {arm: lowest_of_blocks(values, block) for arm, values in cosines.items()}
    logs = {arm: decades(values) for arm, values in losses.items()}

    plain = f"{NEITHER} {shallow}"
    if part == HELPS:
        judged, mutant = _helps(logs, deep)
        control = shown(
            "with neither, the shallow network trains",
            mean(np.log(classes) / 2 - losses[plain]),
        )
    elif part == DEGRADES:
        judged, mutant = _against_depth(logs, deepest, shallow)
        control = shown(
            "with neither, depth raises the loss",
            paired_difference(logs[f"{NEITHER} {deep}"], logs[plain]),
        )
    elif part.startswith(CONFUSED):
        judged, mutant = _against_depth(lowest, shallow, deepest)
        control = _fall_beyond_dimension(lowest, shallow, deepest, tier, block, cosines, classes)
    else:
        judged, mutant = _unconfused(lowest, deepest)
        control = _dimension(lowest, block, cosines, deepest, tier, classes)
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


def _against_depth(values, larger, smaller):
    """By how much each is larger at one depth than at the other, and with the two dealt at random.

    Both numbers are paired by seed; `larger` and `smaller` are depths.
    """
    arms = {(kind, at): values[f"{kind} {at}"] for kind in ALONE for at in (larger, smaller)}
    broken = {}
    for kind in ALONE:
        pair = dealt(np.column_stack([arms[kind, larger], arms[kind, smaller]]))
        broken |= {(kind, larger): pair[:, 0], (kind, smaller): pair[:, 1]}
    found = [
        than_one_alone(x, lambda kind: ((kind, larger), (kind, smaller))) for x in (arms, broken)
    ]
    return found[0], found[1]


def _unconfused(lowest, deep):
    """How far both are above each alone, and the same with the three dealt at random."""
    arms = {kind: lowest[f"{kind} {deep}"] for kind in (BOTH, *ALONE)}
    found = [than_one_alone(x, lambda kind: (BOTH, kind)) for x in (arms, dealt_arms(arms))]
    return found[0], found[1]


def _dimension(lowest, block, cosines, deep, tier, classes):
    """The control that the difference is not that of the networks' dimensions."""
    kinds = (BOTH, *ALONE)
    null = _at_random(block, cosines, tier, classes)
    return beyond_dimension(
        {kind: lowest[f"{kind} {deep}"] for kind in kinds},
        {kind: null(kind, deep) for kind in kinds},
    )


def _fall_beyond_dimension(lowest, shallow, deep, tier, block, cosines, classes):
    """The control that the fall with depth is not that of the networks' dimensions."""
    null = _at_random(block, cosines, tier, classes)
    beyond = {
        f"{kind} {depth}": lowest[f"{kind} {depth}"] - null(kind, depth)
        for kind in ALONE
        for depth in (shallow, deep)
    }
    return shown(
        "the fall exceeds that of random directions of the same dimensions",
        _against_depth(beyond, shallow, deep)[0],
        when_failed="vacuous",
    )


def _at_random(block, cosines, tier, classes):
    """A function of kind and depth: the lowest cosine of as many random directions."""
    stem, channels = (16, 3) if tier == "full" else (STEM, 1)
    pairs = block or next(iter(cosines.values())).shape[1]
    return lambda kind, depth: at_random(kind, depth, stem, channels, pairs, classes)


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
