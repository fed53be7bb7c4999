"""Effective rank does not go with accuracy, clean or under attack (abstract, §5 and §6).

Networks are tuned with RankMin at several levels, with RankMax at several, and without either. With
r_k the mean over layers of the logarithm of the effective rank at level k, and A_k the accuracy,

    ρ = corr_k(r_k, A_k),      | E ρ |  <  m,

a correlation over levels within each seed, averaged over seeds. The paper asserts that rank is not
correlated with generalisation or robustness, above all after adversarial training, and has three
levels of rank for it; no number of its is a correlation. |ρ| < 1/2 leaves three quarters of the
variance of accuracy to other things.

Which levels are taken decides what there is to see: one that destroys a network costs accuracy. The
paper takes care that the loss stays small, so the strongest levels here are those of
`rank-controlled`, and the others leave more of a network as it is. How far a level moves weights
goes with how far it moves the rank, and is not matched: a correlation that is found may be one with
that length. Where clean and attacked accuracy do not rise and fall together over levels, what is
left of their differences is noise, which goes with nothing: then the word is vacuous.
"""

from typing import Any

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference
from dltheory.verdicts import Claim, Criterion, lines_plot, shown, table

from .attacked_accuracies import log_ranks
from .paper import PAPER
from .rank_controls import attack_without_length
from .rank_recipes import PUBLISHED, SMALL_WORLD
from .rank_worlds import MAX, MIN, Stage

CLAIM = Claim(
    paper=PAPER,
    row="rank-uncorrelated",
    locator="abstract, §5, §6; Tables 4, 9 and 10",
    statement="The effective rank of a network is not correlated with its accuracy, clean or under "
    "attack.",
    kind="correlation",
    formula="|E corr(mean log effective rank, accuracy)| < m, over levels of rank",
    estimand="m minus the absolute mean over seeds of the correlation over levels",
    unit="correlation",
    refuted_if="the mean correlation certainly lies outside ±m",
)

MARGIN = 0.5
DECIDED = {"natural-clean": 0.72, "adversarial-clean": 0.63}
WORLDS = {"fast": SMALL_WORLD, "full": PUBLISHED["resnet18"]}
ACCURACY: dict[str, tuple[Stage, str, str]] = {  # the stage, the accuracy and its words
    "natural-clean": ("natural", "clean", "clean accuracy"),
    "natural-attacked": ("natural", "robust_small", "accuracy under the small attack"),
    "adversarial-clean": ("adversarial", "clean", "clean accuracy"),
    "adversarial-attacked": ("adversarial", "robust", "accuracy under the large attack"),
}
SCATTERS = "correlations over five levels scatter from seed to seed, about {} in pilots"
EXPECTED: dict[str, dict[str, Any]] = {
    "natural-attacked": {"expected": "INCONCLUSIVE", "expected_reason": SCATTERS.format("0.66")},
    "adversarial-clean": {"expected": "INCONCLUSIVE", "expected_reason": SCATTERS.format("0.69")},
    "adversarial-attacked": {
        "expected": "REFUTED",
        "expected_reason": "networks of higher rank are the more robust in every pilot, since "
        "RankMin costs robustness; random moves of its length cost nearly as much",
    },
}
CLASSIFIES = "without an attack every network classifies more than half of the images"
VARIES = "the highest level of rank lies a tenth above the lowest"
LEAST_VARIED = float(np.log(1.1))


def margin_of(world, name):
    """The correlation below which rank and accuracy are uncorrelated."""
    return DECIDED.get(name, MARGIN) if world.small_scale else MARGIN


def form(world, name):
    """Every level of rank of one stage."""
    stage, _, words = ACCURACY[name]
    margin = margin_of(world, name)
    return Form(
        sentence=f"After {stage} training of {world.network}, the correlation of effective rank "
        f"with {words} over networks tuned at {len(world.by_level(stage))} levels of rank is "
        f"smaller than {margin:g} in size.",
        bearing=world.bearing,
        regime=(CLASSIFIES, VARIES),
        experiment=world.levels(stage),
        criterion=Criterion(
            power_at=margin,
            because="θ = m − |correlation|, m = 1/2: a correlation below it leaves three quarters "
            "of the variance of accuracy to other things than rank"
            if margin == MARGIN
            else f"θ = m − |correlation|, m = {margin:g}: what 24 seeds decide with power 0.8, by "
            "pilots, whose correlations scatter",
            deviations=(
                *world.deviations,
                "levels chosen here: the paper has one of RankMin and one of RankMax",
            ),
            **(EXPECTED.get(name, {}) if world.small_scale else {}),
        ),
    )


FORMS = {tier: {name: form(world, name) for name in ACCURACY} for tier, world in WORLDS.items()}


@claim(CLAIM, **FORMS)
def test_effective_rank_does_not_go_with_accuracy(measured, judge, tier, case_name):
    world, (stage, column, words) = WORLDS[tier], ACCURACY[case_name]
    by_attack = {name: measured(q.name) for name, q in world.attacks(stage).items()}
    attacked = "robust_small" if stage == "natural" else "robust"
    clean, under_attack, judged = (by_image(by_attack[n]) for n in ("clean", attacked, column))
    ranks = np.column_stack(list(log_ranks(measured, world).values()))
    arms = list(by_attack["clean"])
    lowest = arms.index(f"{MIN} at {max(world.low_levels):g}")
    highest = arms.index(f"{MAX} at {min(world.high_levels):g}")

    def uncorrelated(accuracy):
        return equivalence(mean(over_levels(ranks, accuracy)), margin=margin_of(world, case_name))

    judge(
        uncorrelated(judged),
        controls=[
            attack_without_length(by_attack["clean"], measured("accuracy on test")),
            shown(
                "clean and attacked accuracy go together over levels",
                mean(over_levels(clean, under_attack)),
                when_failed="vacuous",
            ),
        ],
        regime=[
            shown(CLASSIFIES, mean(clean.min(axis=1)), above=0.5),
            shown(
                VARIES, paired_difference(ranks[:, highest], ranks[:, lowest]), above=LEAST_VARIED
            ),
        ],
        mutants={
            "ranks of the next seed's networks in the place of accuracies": uncorrelated(
                np.roll(ranks, 1, axis=0)
            )
        },
        plots=[_plot(words, ranks, judged)],
        tables=[_table(arms, ranks, {"clean": clean, "under attack": under_attack})],
    )


def by_image(arms):
    """Mean accuracy over images, (seeds, arms)."""
    return np.column_stack([blocks.mean(axis=1) for blocks in arms.values()])


def over_levels(one, other):
    """Pearson's correlation over columns in each row; 0 where one of the two does not vary."""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (one, other))
    sizes = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.divide((a * b).sum(axis=1), sizes, out=np.zeros(len(a)), where=sizes > 0)


def _plot(words, ranks, accuracy):
    order = np.argsort(ranks.mean(axis=0))
    lines = {words: (list(np.exp(ranks.mean(axis=0)[order])), accuracy[:, order])}
    return lines_plot(f"{words} over effective rank", "accuracy", "effective rank", lines)


def _table(arms, ranks, accuracies):
    rows = [
        [arm, float(np.exp(ranks[:, k].mean())), *(a[:, k].mean() for a in accuracies.values())]
        for k, arm in enumerate(arms)
    ]
    return table("Means over seeds", ["level", "effective rank", *accuracies], rows)
