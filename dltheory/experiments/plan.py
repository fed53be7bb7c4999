"""What has to be done for a set of experiments: each run once, however many claims share it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from dltheory.errors import SpecError
from dltheory.experiments.computation import Computation
from dltheory.experiments.experiment import Arm, Experiment
from dltheory.experiments.origins import Origins
from dltheory.experiments.quantity import Quantity
from dltheory.experiments.remainder import require_trainable_rest
from dltheory.experiments.run import RECIPE_VERSION, Run, digest, digest_of_text
from dltheory.experiments.store import Store
from dltheory.experiments.training import Training
from dltheory.experiments.tuned import Tuned


@dataclass(frozen=True, kw_only=True)
class Group:
    """Runs that train together: one recipe, its missing seeds, and what is measured on them.

    With `rates`, each of these learning rates with every seed, instead of the recipe's own: pilots
    of a grid, on which nothing is measured.
    """

    recipe: Training | Computation
    seeds: tuple[int, ...]
    quantities: tuple[Quantity, ...] = ()
    rates: tuple[float, ...] = ()

    @property
    def recipe_name(self) -> str:
        """What the lock on it is called: a digest of the recipe.

        Not of the seeds: plans that cut the seeds of one recipe differently must not train at once.
        Nor of the rates, for the same reason.
        """
        named = {"recipe": self.recipe, "version": RECIPE_VERSION}
        return digest(named | {"rates": "several"} if self.rates else named)

    @property
    def name(self) -> str:
        """What its checkpoints are called: digests of the recipe and of seeds and rates."""
        cut = [self.rates, self.seeds] if self.rates else self.seeds
        return f"{self.recipe_name}-{digest(cut)}"

    def of_seeds(self, seeds: tuple[int, ...]) -> Group:
        """The same group with other seeds."""
        return replace(self, seeds=seeds)

    def with_runs(self, keys: Container[str]) -> Group:
        """The smallest part of it that has all its runs of these keys."""

        def wanted(runs: tuple[Run, ...]) -> bool:
            return any(run.key in keys for run in runs)

        row = len(self.seeds)
        return replace(
            self,
            seeds=tuple(s for i, s in enumerate(self.seeds) if wanted(self.runs[i::row])),
            rates=tuple(
                r for i, r in enumerate(self.rates) if wanted(self.runs[i * row : (i + 1) * row])
            ),
        )

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """One run a seed, for each of the rates."""
        return tuple(Run(recipe, seed) for recipe in self._recipes for seed in self.seeds)

    @property
    def halves(self) -> tuple[Group, Group]:
        """Two parts that are as even as can be, of its seeds or, if it has one, of its rates."""
        if len(self.seeds) > 1:
            half = len(self.seeds) // 2
            return self.of_seeds(self.seeds[:half]), self.of_seeds(self.seeds[half:])
        half = len(self.rates) // 2
        return replace(self, rates=self.rates[:half]), replace(self, rates=self.rates[half:])

    @property
    def apart(self) -> tuple[Group, ...]:
        """The same runs as groups of one learning rate each."""
        return tuple(replace(self, recipe=recipe, rates=()) for recipe in self._recipes)

    @property
    def _recipes(self) -> tuple[Training | Computation, ...]:
        if not self.rates:
            return (self.recipe,)
        assert isinstance(self.recipe, Training)
        return tuple(self.recipe.at_rate(rate) for rate in self.rates)


def plan(wanted: Iterable[tuple[Experiment, int]]) -> tuple[Group, ...]:
    """The groups of these experiments up to these numbers of seeds, without duplicates.

    Recipes shared by several experiments appear once, with all their seeds and quantities. Seeds
    added by a later look form a group of their own, so that the earlier one is found again. The
    training that another one starts from is there too, before it.
    """
    recipes: dict[str, Training | Computation] = {}
    seeds: dict[str, set[tuple[int, ...]]] = {}
    quantities: dict[str, dict[str, Quantity]] = {}
    for experiment, count in wanted:
        _require_trainable_rests(experiment)
        measure = {digest(quantity): quantity for quantity in experiment.measure}
        for arm in experiment.arms.values():
            for recipe in lineage(_decided(arm)):
                # By digest, as the store does: 1 and 1.0 are equal and have different digests.
                key = digest_of_text(recipe.description)
                recipes[key] = recipe
                seeds.setdefault(key, set()).update(_blocks(experiment, count))
                measured = quantities.setdefault(key, {})
                if recipe is arm:
                    measured.update(measure)
    return tuple(
        Group(recipe=recipe, seeds=block, quantities=tuple(quantities[name].values()))
        for name, recipe in recipes.items()
        for block in _disjoint(seeds[name])
    )


def _decided(arm: Arm) -> Training | Computation:
    if isinstance(arm, Tuned):
        raise SpecError(
            "A plan needs the learning rate of every arm; one of them is still to be chosen from "
            f"{arm.learning_rates}. Run its pilots and choose first."
        )
    return arm


def pilot_plan(experiments: Iterable[Experiment]) -> tuple[Group, ...]:
    """The groups that choose the learning rates of these experiments, without duplicates.

    The rates of a grid are one group, to train side by side; in its recipe, 1 stands for them.
    """
    starts: dict[str, Group] = {}
    grids: dict[str, Group] = {}
    for experiment in experiments:
        _require_trainable_rests(experiment)
        for tuned in experiment.tuned:
            *before, network = lineage(tuned.training.at_rate(1.0))
            for recipe in before:
                start = Group(recipe=recipe, seeds=tuned.pilot_seeds)
                starts[start.name] = start
            key = digest([network, tuned.pilot_seeds])
            known = grids.get(key, Group(recipe=network, seeds=tuned.pilot_seeds))
            rates = {digest(rate): rate for rate in (*known.rates, *tuned.learning_rates)}
            grids[key] = replace(known, rates=tuple(rates.values()))
    return (*starts.values(), *grids.values())


def _require_trainable_rests(experiment: Experiment) -> None:
    """SpecError if a batch of one is left that a network of the experiment cannot be trained on."""
    for one in (experiment, experiment.smoke_of):
        for arm in one.arms.values() if one else ():
            recipe = arm.training if isinstance(arm, Tuned) else arm
            for training in lineage(recipe):
                if isinstance(training, Training):
                    require_trainable_rest(training)


def lineage(recipe: Training | Computation) -> list[Training | Computation]:
    """The recipe, after the trainings that it goes on from, the first of them first."""
    first = recipe.warm_start if isinstance(recipe, Training) else None
    return [*lineage(first), recipe] if first else [recipe]


def _blocks(experiment: Experiment, count: int) -> list[tuple[int, ...]]:
    seeds = experiment.seeds_of(count)
    edges = [0, *(look for look in experiment.looks if look <= count)]
    return [tuple(seeds[low:high]) for low, high in pairwise(edges)]


def _disjoint(blocks: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Every seed once, in few blocks: of those that begin alike the longest comes first.

    Seeds together cost less than in two lots.
    """
    seen: set[int] = set()
    result = []
    for block in sorted(blocks, key=lambda block: (block[0], -len(block))):
        fresh = tuple(seed for seed in block if seed not in seen)
        seen.update(fresh)
        if fresh:
            result.append(fresh)
    return result


def missing(group: Group, store: Store, origins: Origins) -> Group | None:
    """The part of a group that the store does not have yet; None if it has all of it.

    Runs that came from other code, or from other bytes in the files of their data, are missing.
    """
    absent = {run.key for run in group.runs if not _is_complete(run, group, store, origins)}
    return group.with_runs(absent) if absent else None


def _is_complete(run: Run, group: Group, store: Store, origins: Origins) -> bool:
    record = store.record(run)
    if record is None or not origins.stands(record, run.recipe):
        return False
    if isinstance(group.recipe, Computation):
        return True
    return record.status == "diverged" or all(
        store.measured(run, quantity) is not None for quantity in group.quantities
    )
