"""Named arms, the seeds they share, and what is measured on each run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dltheory.errors import SpecError
from dltheory.experiments.computation import Computation
from dltheory.experiments.quantity import Quantity
from dltheory.experiments.seeds import PILOT_SEEDS_FROM, SPREAD_SEEDS_FROM
from dltheory.experiments.training import Training
from dltheory.experiments.tuned import Tuned
from dltheory.training import Precision

Arm = Training | Computation | Tuned


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Arms that share seeds.

    Seed s gives all arms the same data split, and the same initial network and batch order where
    their shapes allow. That is what makes pairing by seed legitimate.

    `seeds` is a number n (seeds 0 … n − 1, one look), or the planned looks, as (5, 10, 20). A
    replication begins at another seed than 0.
    """

    arms: Mapping[str, Arm]
    seeds: int | tuple[int, ...]
    measure: tuple[Quantity, ...] = ()
    first_seed: int = 0
    changes: tuple[str, ...] = field(default=(), compare=False)
    smoke_of: Experiment | None = field(default=None, compare=False, repr=False)
    """What this one executes at smoke scale: what would be refused there is refused here."""

    def __post_init__(self) -> None:
        looks = self.looks
        if not looks or looks[0] < 1 or list(looks) != sorted(set(looks)):
            raise SpecError(
                f"Seeds are a positive number or increasing looks; got {self.seeds}. "
                "Write seeds=16, or seeds=(5, 10, 20)."
            )
        pilots = self.first_seed == SPREAD_SEEDS_FROM
        if self.first_seed < 0 or (self.first_seed + looks[-1] > PILOT_SEEDS_FROM and not pilots):
            raise SpecError(
                f"Verdict seeds lie below {PILOT_SEEDS_FROM}, where pilot seeds begin; got "
                f"{looks[-1]} seeds from {self.first_seed} on. Use fewer, or begin lower."
            )
        trained = any(not isinstance(arm, Computation) for arm in self.arms.values())
        if not self.arms or trained != bool(self.measure):
            raise SpecError(
                "An experiment needs at least one arm, and quantities to measure exactly if an arm "
                f"is a Training; got {len(self.arms)} arms and {len(self.measure)} quantities."
            )

        _require_own_names(self.measure)

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of seeds at which the claim may be judged."""
        return (self.seeds,) if isinstance(self.seeds, int) else tuple(self.seeds)

    def seeds_of(self, count: int) -> range:
        """The first so many seeds."""
        return range(self.first_seed, self.first_seed + count)

    def smoke(self) -> Experiment:
        """The same arms, narrow, in two steps on a few random images and with two seeds."""
        return replace(
            self,
            arms={name: arm.smoke() for name, arm in self.arms.items()},
            seeds=min(2, self.looks[-1]),
            measure=tuple(quantity.smoke() for quantity in self.measure),
            smoke_of=self,
            changes=(
                *self.changes,
                "smoke scale: narrow networks, two steps on a few random images, two seeds",
            ),
        )

    def stretched(self, scale: float) -> Experiment:
        """The same experiment with trainings `scale` times as long."""
        arms = {
            name: arm if isinstance(arm, Computation) else arm.stretched(scale)
            for name, arm in self.arms.items()
        }
        return replace(self, arms=arms, changes=(*self.changes, f"epochs multiplied by {scale:g}"))

    def in_precision(self, precision: Precision) -> Experiment:
        """The same experiment with its trainings in other numbers, which is noted."""
        arms = {
            name: arm if isinstance(arm, Computation) else arm.in_precision(precision)
            for name, arm in self.arms.items()
        }
        return replace(self, arms=arms, changes=(*self.changes, f"trained in {precision}"))

    @property
    def tuned(self) -> tuple[Tuned, ...]:
        """The arms whose learning rate is still to be chosen."""
        return tuple(arm for arm in self.arms.values() if isinstance(arm, Tuned))

    def chosen(self, choice: Callable[[Tuned], Training]) -> Experiment:
        """The same experiment with the learning rate of each tuned arm chosen, which is noted."""
        arms, notes = dict(self.arms), []
        for name, arm in self.arms.items():
            if isinstance(arm, Tuned):
                arms[name] = found = choice(arm)
                rate = found.optimiser.learning_rate
                notes.append(f"learning rate {rate:g} of “{name}” chosen on {arm.procedure}")
        return replace(self, arms=arms, changes=(*self.changes, *notes))

    def with_seeds(self, count: int) -> Experiment:
        """The same experiment with another number of seeds and a single look."""
        planned = ", ".join(map(str, self.looks))
        change = f"{count} seeds in one look instead of the planned {planned}"
        return replace(self, seeds=count, changes=(*self.changes, change))

    def as_pilots(self, count: int) -> Experiment:
        """The same experiment on so many pilot seeds in one look: it plans, and never judges."""
        change = f"{count} pilot seeds from {SPREAD_SEEDS_FROM} on"
        return replace(
            self, seeds=count, first_seed=SPREAD_SEEDS_FROM, changes=(*self.changes, change)
        )

    def from_seed(self, first: int) -> Experiment:
        """The same experiment on seeds from this one on: a replication, which is noted."""
        change = f"a replication: seeds from {first} on instead of from {self.first_seed}"
        return replace(self, first_seed=first, changes=(*self.changes, change))


def _require_own_names(measure: tuple[Quantity, ...]) -> None:
    """Numbers are asked for by the names of quantities, so each has one of its own."""
    names = [quantity.name for quantity in measure]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SpecError(
            f"Quantities of an experiment need names of their own; got {', '.join(twice)} more "
            "than once. Leave one out, or give it a label."
        )
