"""Among networks held at a norm, those in between are the best (§3, its conclusion).

    E[ acc(fixed at μ) − acc(fixed at κ) ] > 0   and   E[ acc(fixed at μ) − acc(fixed at ν) ] > 0,

κ < μ < ν, paired by seed: accuracy has its maximum inside. If small norms were what makes networks
generalise, the smallest, κ, would do at least as well as μ, which lies slightly above the norm that
weight decay leads to; and if the norm did not matter, so would κ and ν, where a network ends
without a penalty.

A step of one length turns a network further where its norm is small. So both ends are trained again
with steps in proportion to their squared norm, and μ has to lie above them too.

The paper has no hard constraint. It compares two norms, that of decay and μ; here decay's own is
left out, and norms on either side of it are compared. The cards show accuracy over the decay
coefficient, and over the norm that decay and the constraint end with.
"""

import numpy as np

from claims.dealt import dealt_arms
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, lines_plot, scatter_plot, shown

from .fixed_norms import (
    ASSAY,
    FIXED,
    FIXED_LARGE,
    FULL_DECAYS,
    MATCHED_LARGE,
    MATCHED_SMALLEST,
    MLP,
    MLP_LARGE,
    MLP_WORLD,
    NOT_IN_PAPER,
    ROWS,
    SMALLEST,
    TIMES,
    assay,
    fixed,
    matched,
    may_diverge,
    swept,
)
from .norm_bias_rows import GRADIENTS, SETTINGS
from .paper import PAPER
from .recipes import (
    DECAY,
    DIGITS_MLP_DECAY,
    DIGITS_MLP_SQUARED_NORM,
    NO_PENALTY,
    NORM_BIAS,
    experiment,
    small,
)

CLAIM = Claim(
    paper=PAPER,
    row="interior-norm",
    locator="§3, its conclusion; our experiment",
    statement="Networks held at a norm in between generalise better than at the smallest and at "
    "the largest.",
    kind="superiority",
    formula="E[acc(fixed at μ) − acc(fixed at κ)] > 0 and E[acc(fixed at μ) − acc(fixed at ν)] > 0",
    estimand="mean over seeds of the difference in test accuracy, paired by seed, the smaller of "
    "those from the smallest and from the largest norm",
    unit="accuracy (fraction)",
    refuted_if="the gain over one of the two norms is certainly smaller than the smallest effect",
    quantifier="every",
)

BLOWN_UP = 1e9  # squared norm of a run that diverged

SMALL = Form(
    sentence=f"In {MLP}, held at a fixed squared norm, test accuracy is at least 1.5 points higher "
    "at 60 than at 30 and at 225.",
    bearing="analogue",
    regime=(ASSAY,),
    experiment=small(MLP_LARGE),
    criterion=Criterion(
        smallest_effect=0.015,
        because="1.5 pp is a third of what decay gains in this world (4.3 pp in pilots)",
        deviations=(NOT_IN_PAPER, *MLP_WORLD),
    ),
)


def _full(name):
    """The norm of a row of the paper, a fourth of it, and four times it, all squared."""
    row = SETTINGS[name]
    arms = {
        **row.arms(),
        FIXED: fixed(row.training, row.squared_norm),
        SMALLEST: fixed(row.training, row.squared_norm / TIMES),
        FIXED_LARGE: fixed(row.training, TIMES * row.squared_norm),
        **matched(row.training, row.squared_norm, 1 / TIMES, TIMES),
        **swept(row.training, FULL_DECAYS, ()),
    }
    return Form(
        sentence=f"In the networks of {row.printed.name}, held at a fixed squared norm, test "
        f"accuracy is at least 0.2 points higher at {row.squared_norm:g} than at a quarter of it "
        f"and at {TIMES:g} times it.",
        bearing="analogue",
        regime=(ASSAY,),
        may_diverge=may_diverge(name),
        experiment=experiment(arms, seeds=(5, 10, 20)),
        criterion=Criterion(
            smallest_effect=0.002,
            because="0.2 pp is a third of the smaller printed gain of decay for ResNet-18, 0.60 pp",
            deviations=(NOT_IN_PAPER, GRADIENTS["formula"], *row.deviations),
        ),
    )


@claim(CLAIM, fast={"mlp": SMALL}, full={name: _full(name) for name in ROWS})
def test_networks_held_at_a_norm_in_between_generalise_best(measured, judge, tier, case_name):
    accuracy = measured("accuracy on test", worst=0.0)
    norms = measured("squared norm on train", worst=BLOWN_UP)
    middle = SETTINGS[case_name].squared_norm if tier == "full" else DIGITS_MLP_SQUARED_NORM
    decay = SETTINGS[case_name].decay if tier == "full" else DIGITS_MLP_DECAY.coefficient
    levels = (SMALLEST, FIXED, FIXED_LARGE)

    def inside(held, ends=(SMALLEST, FIXED_LARGE)):
        return weakest(*(paired_difference(held[FIXED], held[end]) for end in ends))

    judge(
        inside(accuracy),
        controls=[
            shown(
                "the constraint holds: “fixed norm μ” ends within 1 % of μ²",
                equivalence(mean(norms[FIXED] / middle - 1), margin=0.01),
            ),
            shown(
                "the constraint itself does no harm: in between it beats no penalty",
                paired_difference(accuracy[FIXED], accuracy[NO_PENALTY]),
            ),
            shown(
                "step size: with steps in proportion to their squared norms the ends stay below",
                inside(accuracy, (MATCHED_SMALLEST, MATCHED_LARGE)),
                when_failed="confounded",
            ),
        ],
        regime=[assay(accuracy)],
        mutants={
            "the three norms of each seed dealt at random": inside(
                dealt_arms({arm: accuracy[arm] for arm in levels})
            ),
            "no penalty in the place of μ": inside({**accuracy, FIXED: accuracy[NO_PENALTY]}),
        },
        show=[arm for arm in accuracy if arm.startswith("fixed norm")],
        plots=[_over_decay(accuracy, decay), _over_norm(accuracy, norms)],
    )


def _over_decay(accuracy, coefficient):
    """The sweep, and across it the arms that have no coefficient of decay."""
    named = {float(arm.rpartition(" ")[2]): arm for arm in accuracy if arm.startswith(f"{DECAY} ")}
    named[coefficient] = DECAY
    levels = sorted(named)
    lines = {DECAY: (levels, np.stack([accuracy[named[c]] for c in levels], axis=1))}
    for arm in (NORM_BIAS, FIXED, FIXED_LARGE, NO_PENALTY):
        lines[arm] = (levels, np.repeat(accuracy[arm][:, None], len(levels), axis=1))
    title, axis = "accuracy over the decay coefficient", "accuracy on test"
    return lines_plot(title, axis, "coefficient of weight decay", lines, x_log=True)


def _over_norm(accuracy, norms):
    """Every run at the norm it ends with."""
    kinds = ("weight decay", "fixed norm")
    groups = {}
    for arm in accuracy:
        kind = next((k for k in kinds if arm.startswith(k)), arm)
        ended = norms[arm] < BLOWN_UP
        x, y = groups.get(kind, ([], []))
        groups[kind] = ([*x, *norms[arm][ended]], [*y, *accuracy[arm][ended]])
    title = "accuracy over the squared norm after training"
    return scatter_plot(title, "accuracy on test", "‖φ‖²", groups, x_log=True)
