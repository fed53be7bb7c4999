"""Among networks held at a norm, those at the smallest are not the best (§3, its conclusion).

    E[ acc(fixed at μ) − acc(fixed at κ) ]  >  0,    κ < μ < ν,

paired by seed. If small norms were what makes networks generalise, the smallest, κ, would do at
least as well as μ, which lies slightly above the norm that weight decay leads to. A broken
experiment puts the large norm ν, which a network reaches without a penalty, in the place of μ: if
that passed too, a larger norm would simply be better.

The paper has no hard constraint. It compares two norms, that of decay and μ; here decay's own is
left out, and norms on either side of it are compared.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference
from dltheory.verdicts import Claim, Criterion, shown

from .fixed_norms import (
    ASSAY,
    FIXED,
    FIXED_LARGE,
    MLP,
    MLP_LARGE,
    MLP_WORLD,
    NOT_IN_PAPER,
    ROWS,
    SMALLEST,
    TIMES,
    assay,
    fixed,
    may_diverge,
)
from .norm_bias_rows import GRADIENTS, SETTINGS
from .paper import PAPER
from .recipes import DIGITS_MLP_SQUARED_NORM, experiment, small

CLAIM = Claim(
    paper=PAPER,
    row="interior-norm",
    locator="§3, its conclusion; our experiment",
    statement="Networks held at the smallest norm generalise worse than at one further in.",
    kind="superiority",
    formula="E[acc(fixed at μ) − acc(fixed at κ)] > 0, κ < μ",
    estimand="mean over seeds of the difference in test accuracy, paired by seed",
    unit="accuracy (fraction)",
    refuted_if="the gain over the smallest norm is certainly smaller than the smallest effect",
)

SMALL = Form(
    sentence=f"In {MLP}, held at a fixed squared norm, test accuracy is at least 1.5 points higher "
    "at 60 than at 30.",
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
    }
    return Form(
        sentence=f"In the networks of {row.printed.name}, held at a fixed squared norm, test "
        f"accuracy is at least 0.2 points higher at {row.squared_norm:g} than at a quarter of it.",
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
def test_networks_held_at_the_smallest_norm_generalise_worse_than_further_in(
    measured, judge, tier, case_name
):
    accuracy = measured("accuracy on test", worst=0.0)
    norms = measured("squared norm on train", worst=1e9)
    middle = SETTINGS[case_name].squared_norm if tier == "full" else DIGITS_MLP_SQUARED_NORM

    judge(
        paired_difference(accuracy[FIXED], accuracy[SMALLEST]),
        controls=[
            shown(
                "the constraint holds: “fixed norm μ” ends within 1 % of μ²",
                equivalence(mean(norms[FIXED] / middle - 1), margin=0.01),
            )
        ],
        regime=[assay(accuracy)],
        mutants={
            "the large norm in the place of μ": paired_difference(
                accuracy[FIXED_LARGE], accuracy[SMALLEST]
            )
        },
        show=[arm for arm in accuracy if arm.startswith("fixed norm")],
    )
