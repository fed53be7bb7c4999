"""What the claims on rank share: a network is trained, then tuned with its rank held low or high.

The tuning is a training of its own that starts where the first one ended. Every arm is tuned for
as long: without a projection, with RankMin, with RankMax, and as a control with moves in random
directions that are as long, layer by layer, as those of the projection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from dltheory.attacks import Budget
from dltheory.experiments import Experiment, Training, quantity
from dltheory.experiments.quantity import Quantity
from dltheory.training import RankProjection, Steps
from dltheory.verdicts import Bearing

Stage = Literal["natural", "adversarial"]

AS_TRAINED, PLAIN = "as trained", "no projection"
MAX, MIN = "RankMax", "RankMin"
NOISE_MAX, NOISE_MIN = "random, as far as RankMax", "random, as far as RankMin"
NATURAL, ADVERSARIAL = "natural training", "adversarial training"

RANKS, INITIAL_RANKS = quantity("effective_ranks"), quantity("effective_ranks", at=0)
SHUFFLED_RANKS = quantity("shuffled_effective_ranks")


@dataclass(frozen=True, kw_only=True)
class World:
    """Two trainings of a network, how they are tuned, and how the result is attacked.

    `network` names the network, its data and its recipe, as sentences do.

    `large` and `small` are the attacks in the place of ε = 8/255 and 1/255, and `strong` is the
    large one with more tries. `layers` are the places, among the numbers of `effective_ranks`, of
    the layers that Figure 2 shows. `low_levels` and `high_levels` are the levels of RankMin and of
    RankMax over which effective rank is varied; few worlds have any. Without `both_attacks` natural
    arms meet the small attack alone and adversarial ones the large one. `small_scale` says that the
    world lies outside the paper's range. `batch` images go together, which changes no number.
    """

    network: str
    base: Mapping[Stage, Training]
    tuned_for: int
    learning_rate: float
    drops: tuple[int, ...]
    low: RankProjection
    high: RankProjection
    large: Budget
    small: Budget
    strong: Budget
    layers: tuple[int, ...]
    seeds: int | tuple[int, ...]
    deviations: tuple[str, ...]
    low_levels: tuple[float, ...] = ()
    high_levels: tuple[float, ...] = ()
    small_scale: bool = False
    first_seed: int = 0
    both_attacks: bool = True
    batch: int | None = None

    def tuned(self, stage: Stage, projection: RankProjection | None = None) -> Training:
        """The training of this stage gone on with, at a lower learning rate."""
        base = self.base[stage]
        return base.but(
            warm_start=base,
            epochs=self.tuned_for,
            optimiser=replace(base.optimiser, learning_rate=self.learning_rate),
            schedule=Steps(at=self.drops),
            projection=projection,
        )

    def arms(self, stage: Stage) -> dict[str, Training]:
        """Without a projection, with each, and with a random move as long as each."""
        noise = {NOISE_MIN: self.low, NOISE_MAX: self.high}
        return {
            PLAIN: self.tuned(stage),
            MAX: self.tuned(stage, self.high),
            MIN: self.tuned(stage, self.low),
            **{
                name: self.tuned(stage, replace(projection, direction="random"))
                for name, projection in noise.items()
            },
        }

    def by_level(self, stage: Stage) -> dict[str, Training]:
        """Tuned without a projection and at each level of either: networks that differ in rank."""
        lowered = {f"{MIN} at {x:g}": replace(self.low, level=x) for x in self.low_levels}
        raised = {f"{MAX} at {x:g}": replace(self.high, level=x) for x in self.high_levels}
        return {
            PLAIN: self.tuned(stage),
            **{name: self.tuned(stage, projection) for name, projection in lowered.items()},
            **{name: self.tuned(stage, projection) for name, projection in raised.items()},
        }

    # ── what is measured ──────────────────────────────────────────────────────────────────────

    @property
    def clean(self) -> Quantity:
        """Accuracy by block of test images: the attack with ε = 0."""
        return self._under(replace(self.large, epsilon=0.0, step=0.0, steps=1, restarts=1))

    @property
    def robust(self) -> Quantity:
        """The same under the large attack."""
        return self._under(self.large)

    @property
    def robust_small(self) -> Quantity:
        """The same under the small attack."""
        return self._under(self.small)

    @property
    def robust_strong(self) -> Quantity:
        """The same under the strong attack."""
        return self._under(self.strong)

    def _under(self, budget: Budget) -> Quantity:
        return quantity(
            "pgd_accuracy_by_block",
            on="test",
            blocks=50,
            epsilon=budget.epsilon,
            step=budget.step,
            steps=budget.steps,
            restarts=budget.restarts,
            box=budget.box,
            mean=budget.mean,
            std=budget.std,
            batch=self.batch,
        )

    def cropped(self, rank: Literal["min", "max"]) -> Quantity:
        """What cropping would leave of one projection."""
        level = (self.low if rank == "min" else self.high).level
        return quantity("cropped_projections", rank=rank, level=level)

    # ── experiments ───────────────────────────────────────────────────────────────────────────

    @property
    def bearing(self) -> Bearing:
        """The paper speaks of ResNet-18 and an MLP on CIFAR; a small world only illustrates."""
        return "analogue" if self.small_scale else "claim"

    def experiment(self, arms: Mapping[str, Training], *measure: Quantity) -> Experiment:
        """These arms on the seeds of this world."""
        return Experiment(arms=arms, seeds=self.seeds, first_seed=self.first_seed, measure=measure)

    def attacks(self, stage: Stage) -> dict[str, Quantity]:
        """Every accuracy that is measured on the arms of a stage."""
        attacks = {"clean": self.clean, "robust_small": self.robust_small, "robust": self.robust}
        dear = {"natural": "robust", "adversarial": "robust_small"}[stage]
        return {name: q for name, q in attacks.items() if self.both_attacks or name != dear}

    def accuracies(self, stage: Stage) -> Experiment:
        """Every arm of a stage, clean and attacked."""
        attacks = self.attacks(stage).values()
        return self.experiment(self.arms(stage), quantity("accuracy", on="test"), *attacks, RANKS)

    def levels(self, stage: Stage) -> Experiment:
        """Accuracies, clean and attacked, and effective ranks at every level of a stage."""
        attacks = self.attacks(stage).values()
        return self.experiment(
            self.by_level(stage), quantity("accuracy", on="test"), *attacks, RANKS
        )

    def ranks(self, stage: Stage) -> Experiment:
        """Effective ranks from the first step to the last, and what cropping undoes."""
        arms = {name: arm for name, arm in self.arms(stage).items() if name in (PLAIN, MAX, MIN)}
        return self.experiment(
            {AS_TRAINED: self.base[stage], **arms},
            RANKS,
            INITIAL_RANKS,
            self.cropped("min"),
            self.cropped("max"),
        )
