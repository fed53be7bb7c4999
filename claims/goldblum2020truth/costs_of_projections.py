"""What a projection costs under an attack: one judge of both claims that say it costs something.

With A the accuracy under an attack, over trainings and test images like these,

    θ = E[ A(no projection) − A(projected) ]  >  0,

where all arms go on from the same network for as long. A projection moves the weights, and whatever
moves weights may cost accuracy under attack. One control moves every layer as far in a random
direction; what a projection loses beyond that is due to the rank. Another compares with what is
lost on clean images.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dltheory.plugin import Form
from dltheory.statistics import over_seeds_and_images
from dltheory.verdicts import Criterion, shown

from .attacked_accuracies import attacked
from .rank_controls import REGIME, drawn_by_lot, more_than_clean, more_than_noise
from .rank_pictures import printed_lead
from .rank_worlds import PLAIN, Stage, World


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A projection, random moves as long, and the attack under which the projection costs.

    `column` names the attack as printed tables and `World.attacks` do: "robust" or "robust_small".
    """

    projected: str
    noise: str
    column: str

    def form(self, world: World, stage: Stage, sentence: str, criterion: Criterion) -> Form:
        """All arms of a stage; the sentence has a place for the smallest effect in points."""
        return Form(
            sentence=sentence.format(f"{100 * criterion.smallest_effect:.4g}"),
            bearing=world.bearing,
            regime=REGIME[stage],
            experiment=world.accuracies(stage),
            criterion=replace(criterion, deviations=world.deviations),
        )

    def as_printed(self, case: str, stage: Stage) -> Criterion:
        """Half of the loss that is printed for a case is the smallest effect."""
        loss = printed_lead(stage, case, PLAIN, self.projected, self.column)
        return Criterion(
            smallest_effect=loss / 2,
            printed_effect=loss,
            because="half of the loss printed in this row",
        )

    def judge(self, measured: Callable, judge: Callable, world: World, stage: Stage, case: str):
        """Judge what the projection costs, against no projection and random moves."""
        found = attacked(measured, world, stage, case)
        clean, under_attack = found.of("clean", self.column)
        plain, projected, noise = (under_attack[arm] for arm in (PLAIN, self.projected, self.noise))
        judge(
            over_seeds_and_images(plain - projected),
            controls=[
                found.without_length,
                more_than_clean(clean, under_attack, better=PLAIN, worse=self.projected),
                more_than_noise(under_attack, projected=self.projected, noise=self.noise),
                shown(
                    "assay: random moves of the same length are seen to cost robustness",
                    over_seeds_and_images(plain - noise),
                ),
            ],
            regime=found.regime,
            mutants={"a lot decides which network is which": drawn_by_lot(plain, projected)},
            **found.shown,
        )
