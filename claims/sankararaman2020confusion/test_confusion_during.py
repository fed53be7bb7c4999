"""Confusion during training: it goes with depth and width on the way (Figs 7 and 8, right).

The figures show the lowest of 100 cosines after every epoch; the effect is to be there during
training and to be most prominent near its end, as Theorems 3.1 and 3.2 would have it:

    depth, width       from the middle of training on (in the small world after 10, 15 and all 20
                       epochs), the slope of the lowest cosine, averaged over these times, falls
                       with depth and rises with width;
    depth-late, width-late
                       the slope at the end is steeper than that after a tenth of training. At full
                       scale only: on digits, deep networks are then still near their first loss.
"""

import numpy as np

from claims.dealt import dealt
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, slopes
from dltheory.verdicts import Claim, Criterion, Verdict, lines_plot, shown, table

from .architecture_trends import BLOCK, lowest_of_blocks
from .convolutional_sweeps import Family
from .paper import PAPER
from .recipes import (
    CNN_DEVIATIONS,
    CNN_WORLD,
    COSINES_ON_THE_WAY,
    FULL_COSINES_ON_THE_WAY,
    FULL_ON_THE_WAY,
    ON_THE_WAY,
    ONE_SPLIT,
)

CLAIM = Claim(
    paper=PAPER,
    row="confusion-during",
    locator="Appendix A.3, Figs 7 and 8, right; §5",
    statement="During training, too, deeper CNNs are more confused and wider ones less, most "
    "prominently near the end.",
    kind="trend",
    formula="slope over log₂ β of −min cos, over log₂ ℓ of min cos, mean over times > 0; the slope "
    "at the end less that after a tenth of training: > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the depth or the width, "
    "averaged over times, or its change",
    unit="cosine per doubling",
    quantifier="most",
    refuted_if="the slope or its growth is certainly smaller than the smallest effect",
)

DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
SEEN = "0.015 per doubling, where the axes of Figs 11 to 13 have room for 0.04 to 0.1"
DIGITS = {"depth": Family(factor="depth"), "width": Family(factor="width")}
PAPERS = {
    "depth": Family(factor="depth", data="cifar10"),
    "width": Family(factor="width", data="cifar10"),
}
SMALL: dict[str, tuple[float, str, Verdict, str]] = {
    "depth": (0.12, DECIDED, "CONFIRMED", ""),
    "width": (
        0.07,
        DECIDED,
        "REFUTED",
        "on pilots CNNs of 16 layers do not differ by width, each at its own rate",
    ),
}


def sentence(world, factor, late, effect):
    """What is asserted of these networks."""
    direction = "falls" if factor == "depth" else "rises"
    if late:
        return (
            f"In {world}, the lowest cosine {direction} with each doubling of the {factor} by at "
            f"least {effect:g} more at the end than after a tenth of training."
        )
    return (
        f"In {world}, the lowest cosine, over the second half of training, {direction} by at least "
        f"{effect:g} per doubling of the {factor}."
    )


def form(name, family, effect, because, expected: Verdict = "CONFIRMED", reason=""):
    """One of the four, in the small world or the paper's."""
    factor, _, late = name.partition("-")
    digits = family.data == "digits"
    return Form(
        experiment=family.experiment("confusion"),
        sentence=sentence(family.world("confusion"), factor, late, effect),
        bearing="analogue" if digits else "claim",
        regime=family.regime("confusion"),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=ONE_SPLIT,
            expected=expected,
            expected_reason=reason,
            deviations=CNN_WORLD if digits else CNN_DEVIATIONS,
        ),
    )


@claim(
    CLAIM,
    fast={name: form(name, DIGITS[name[:5]], *given) for name, given in SMALL.items()},
    full={
        name: form(name, PAPERS[name[:5]], 0.015, SEEN)
        for name in (*SMALL, "depth-late", "width-late")
    },
)
def test_confusion_goes_with_depth_and_width_during_training(measured, judge, tier, case_name):
    factor, _, late = case_name.partition("-")
    family = (PAPERS if tier == "full" else DIGITS)[factor]
    runs = family.runs(measured)
    way = FULL_COSINES_ON_THE_WAY if tier == "full" else COSINES_ON_THE_WAY
    arms = [str(level) for level in family.levels]
    lowest = [_lowest(measured(quantity.name), arms) for quantity in way]
    lowest.append(runs.lowest)
    doublings = np.log2(family.levels)
    judge(
        mean(_effect(lowest, runs.sign, doublings, late)),
        controls=[
            shown(
                "the trend at the end exceeds that of random directions of the same dimension",
                runs.beyond_dimension("confusion"),
                when_failed="vacuous",
            )
        ],
        regime=family.conditions(runs, "confusion"),
        mutants={
            f"{factor}s dealt at random": mean(
                _effect([dealt(values) for values in lowest], runs.sign, doublings, late)
            )
        },
        plots=[_plot(family, tier, lowest)],
        tables=[
            table(
                "Mean lowest cosine by epoch",
                ["epoch", *(f"{factor} {level}" for level in family.levels)],
                [
                    [epoch, *values.mean(axis=0)]
                    for epoch, values in zip(_epochs(tier), lowest, strict=True)
                ],
            )
        ],
    )


def _lowest(cosines, arms):
    """The lowest cosine of each run, (seeds, levels)."""
    return np.column_stack([lowest_of_blocks(cosines[arm], BLOCK) for arm in arms])


def _effect(lowest, sign, doublings, late):
    """One number a seed: the claimed slope over the second half, or what the end has more."""
    found = [-sign * slopes(values, doublings) for values in lowest]
    return found[-1] - found[0] if late else np.mean(found[-3:], axis=0)


def _epochs(tier):
    return (*FULL_ON_THE_WAY, 200) if tier == "full" else (*ON_THE_WAY, 20)


def _plot(family, tier, lowest):
    return lines_plot(
        "Lowest pairwise cosine during training",
        "lowest cosine",
        "epoch",
        {
            f"{family.factor} {level}": (_epochs(tier), np.column_stack([v[:, i] for v in lowest]))
            for i, level in enumerate(family.levels)
        },
    )
