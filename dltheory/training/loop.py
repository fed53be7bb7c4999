"""The training loop: gradient steps for many stacked seeds, on data that lie on the device.

All random numbers of epoch e of a seed come from that seed's streams "batches/e",
"augmentation/e", "attack/e" and "projection/e". Therefore a training can resume after any epoch
without stored generators, and a seed sees the same batches alone, in a stack, and on every machine.
Random numbers that layers draw, as in dropout, come from the seed's stream "layers/e"; such a
network trains alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dltheory.attacks import Budget
from dltheory.freed_memory import keep_freed_memory
from dltheory.outputs import finite
from dltheory.randomness import drawing_from, stream
from dltheory.training.accumulation import Accumulation
from dltheory.training.adversary import attacked
from dltheory.training.alone import Alone
from dltheory.training.constraint import Constraint
from dltheory.training.cross_entropy import cross_entropy
from dltheory.training.descent import descend
from dltheory.training.fit import training_fit
from dltheory.training.optimiser import SGD, GradientDescent
from dltheory.training.penalty import Penalty
from dltheory.training.precision import Precision
from dltheory.training.products import recorded_in, training_in
from dltheory.training.rank_projection import RankProjection
from dltheory.training.schedule import Schedule
from dltheory.training.seed_axis import Stack
from dltheory.training.stopping import Stopping


@runtime_checkable
class Augmentation(Protocol):
    """A random change of training images; it is drawn on the CPU and applied on the device."""

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Random offsets and flips for `count` images."""
        ...

    def apply(self, images: Tensor, offsets: Tensor, flips: Tensor, fill: Tensor) -> Tensor:
        """The images shifted by the offsets, with `fill` for new pixels, and flipped."""
        ...


@runtime_checkable
class Recipe(Protocol):
    """The settings of a training that the loop uses."""

    @property
    def epochs(self) -> int:
        """The number of epochs: how often every example is seen."""
        ...

    @property
    def optimiser(self) -> SGD | GradientDescent:
        """The optimiser: which examples a step uses, and how it uses their gradient."""
        ...

    @property
    def schedule(self) -> Schedule:
        """The schedule: a factor on the learning rate for each epoch."""
        ...

    @property
    def penalty(self) -> Penalty:
        """The penalty whose gradient is added to that of the loss."""
        ...

    @property
    def constraint(self) -> Constraint:
        """The constraint that is applied to the parameters after each step."""
        ...

    @property
    def projection(self) -> RankProjection | None:
        """The rank projection that is applied after certain epochs, or None."""
        ...

    @property
    def augmentation(self) -> Augmentation | None:
        """The random change of training images, or None."""
        ...

    @property
    def precision(self) -> Precision:
        """The number format of matrix products and convolutions in forward and backward passes."""
        ...

    @property
    def attack(self) -> Budget | None:
        """The budget of the attack on the images of every step; None for no attack."""
        ...

    @property
    def stopping(self) -> Stopping:
        """The condition under which a seed stops before the last epoch."""
        ...


@dataclass(kw_only=True)
class Progress:
    """The state of a training of several seeds, after a whole number of epochs.

    A seed's *position* is its index among the seeds that started. When a seed stops early, it is
    removed from the stack, and its final state is kept in `stopped`.
    """

    stack: Stack
    velocity: list[Tensor]
    epoch: int = 0
    losses: list[list[float]] = field(default_factory=list)  # epochs × seeds, mean training loss
    diverged_at: dict[int, int] = field(default_factory=dict)  # position of the seed → epoch
    stopped_at: dict[int, int] = field(default_factory=dict)  # position of the seed → epochs done
    stopped: dict[int, dict[str, Tensor]] = field(default_factory=dict)  # and its state then

    @classmethod
    def start(cls, stack: Stack) -> Progress:
        """The state before the first step, with zero velocities."""
        return cls(stack=stack, velocity=[torch.zeros_like(p) for p in stack.parameters.values()])

    @property
    def seeds(self) -> int:
        """The number of seeds that started."""
        return self.stack.seeds + len(self.stopped_at)

    @property
    def positions(self) -> list[int]:
        """The positions of the seeds that are still in the stack, in the order of the stack."""
        return [position for position in range(self.seeds) if position not in self.stopped_at]

    def state_of(self, position: int) -> dict[str, Tensor]:
        """Parameters and buffers of one network: the current ones, or those when it stopped."""
        if position in self.stopped:
            return self.stopped[position]
        return self.stack.state_of(self.positions.index(position))

    @property
    def done(self) -> bool:
        """Whether every seed has diverged or stopped."""
        return self.diverged_at.keys() | self.stopped_at.keys() == set(range(self.seeds))

    def put_aside(self, positions: Collection[int]) -> None:
        """Stop the seeds at these positions: store their state and remove them from the stack."""
        before = self.positions
        stay = [row for row, position in enumerate(before) if position not in positions]
        self.stopped.update((p, self.stack.state_of(before.index(p))) for p in positions)
        self.stopped_at.update((p, self.epoch) for p in positions)
        self.stack.keep(stay)
        self.velocity = [velocity[stay] for velocity in self.velocity]


def train(
    progress: Progress,
    recipe: Recipe,
    images: Float[Tensor, " examples *shape"],
    labels: Int64[Tensor, " examples"],
    *,
    seeds: Sequence[int],
    rates: Sequence[float] = (),
    black: Sequence[float] = (0.0,),
    after_epoch: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Train in place from the current epoch to the last one, and return `progress`.

    The loss is the mean cross-entropy. A seed is recorded in `diverged_at` if its loss in an epoch
    is not finite, or if its outputs are not finite after the last step. A seed that satisfies the
    stopping condition is removed from the stack. This does not affect the other seeds, except for
    rounding in operations on fewer seeds. The training ends early if every seed has diverged or
    stopped.

    `seeds` are those that started, by position. `rates` are learning rates by position; without
    them all seeds have the recipe's. `black` is the normalised value of a black pixel in each
    channel (or one for all channels), with which random crops are padded. `after_epoch` is called
    after every epoch.
    """
    keep_freed_memory()
    with training_in(recipe.precision):
        _train(progress, recipe, images, labels, seeds, rates, black, after_epoch)
    return progress


def _train(
    progress: Progress,
    recipe: Recipe,
    images: Tensor,
    labels: Tensor,
    seeds: Sequence[int],
    rates: Sequence[float],
    black: Sequence[float],
    after_epoch: Callable[[Progress], None],
) -> None:
    progress.stack.skeleton.train()
    fill = torch.tensor(black, device=images.device, dtype=images.dtype)
    if progress.epoch == 0:
        _stop_where_reached(progress, recipe, images, labels)
    while progress.epoch < recipe.epochs and not progress.done:
        left = [seeds[position] for position in progress.positions]
        order = batch_order(recipe.optimiser, len(labels), left, progress.epoch)
        learning_rate = _learning_rate(progress, recipe, rates)
        augment = _augmentation(recipe, len(labels), left, progress.epoch, fill)
        draws = [stream(seed, f"attack/{progress.epoch}") for seed in left]
        total = torch.zeros(len(left), device=images.device, dtype=torch.float64)
        step = Accumulation(len(labels) if isinstance(recipe.optimiser, GradientDescent) else None)
        with _draws_of_layers(progress, left, images.device):
            for batch in order:
                chosen = batch.to(images.device)
                x, y = augment(_of_each_seed(images, chosen), chosen), labels[chosen]
                if recipe.attack is not None:
                    x = attacked(progress.stack, x, y, recipe.attack, draws, recipe.precision)
                loss, gradients = _gradients(progress, recipe, x, y)
                total += loss.double() * batch.shape[1]
                _step(progress, recipe, step.of(gradients, batch.shape[1]), learning_rate)
        _close_epoch(progress, (total / len(labels)).tolist())
        if recipe.projection is not None and progress.epoch in recipe.projection.after:
            moves = [stream(seed, f"projection/{progress.epoch}") for seed in left]
            recipe.projection.project(progress.stack, tuple(images.shape[1:]), moves)
        _stop_where_reached(progress, recipe, images, labels)
        if progress.epoch == recipe.epochs:
            _mark_overflow(progress, recipe, images)
        after_epoch(progress)


def _draws_of_layers(
    progress: Progress, seeds: Sequence[int], device: torch.device
) -> AbstractContextManager[None]:
    """A context in which layers draw from their seed's stream, for a network that trains alone.

    In a stack layers do not draw random numbers, so the context does nothing.
    """
    if isinstance(progress.stack, Alone):
        return drawing_from(stream(seeds[0], f"layers/{progress.epoch}"), device)
    return nullcontext()


def batch_order(
    optimiser: SGD | GradientDescent, examples: int, seeds: Sequence[int], epoch: int
) -> tuple[Tensor, ...]:
    """The indices of the examples of each minibatch of an epoch, as tensors (seeds, batch).

    With `batch_size` None there is one batch of all examples in order. Otherwise the examples are
    shuffled for each seed, and the last minibatch may be smaller.
    """
    if optimiser.batch_size is None:
        return (torch.arange(examples).expand(len(seeds), examples),)
    permutations = [
        torch.randperm(examples, generator=stream(seed, f"batches/{epoch}")) for seed in seeds
    ]
    return torch.stack(permutations).split(optimiser.batch_size, dim=1)


def _learning_rate(
    progress: Progress, recipe: Recipe, rates: Sequence[float]
) -> float | Float[Tensor, " seeds"]:
    """The learning rate of this epoch: one number, or with `rates` one per seed in the stack."""
    factor = recipe.schedule.factor(progress.epoch)
    if not rates:
        return recipe.optimiser.learning_rate * factor
    own = [rates[position] * factor for position in progress.positions]
    some = next(iter(progress.stack.parameters.values()))
    return torch.tensor(own, device=some.device, dtype=some.dtype)


def _of_each_seed(examples: Tensor, chosen: Int64[Tensor, "seeds batch"]) -> Tensor:
    """The same as examples[chosen], shape (seeds, batch, …), but several times faster."""
    return examples.index_select(0, chosen.flatten()).view(*chosen.shape, *examples.shape[1:])


def _augmentation(
    recipe: Recipe, examples: int, seeds: Sequence[int], epoch: int, fill: Tensor
) -> Callable[[Tensor, Tensor], Tensor]:
    augmentation = recipe.augmentation
    if augmentation is None:
        return lambda x, _: x
    draws = [augmentation.draw(examples, stream(seed, f"augmentation/{epoch}")) for seed in seeds]
    offsets = torch.stack([o for o, _ in draws]).to(fill.device)
    flips = torch.stack([f for _, f in draws]).to(fill.device)
    rows = torch.arange(len(seeds), device=fill.device)[:, None]

    def augment(x: Tensor, chosen: Tensor) -> Tensor:
        return augmentation.apply(x, offsets[rows, chosen], flips[rows, chosen], fill)

    return augment


def _gradients(
    progress: Progress, recipe: Recipe, x: Tensor, y: Tensor
) -> tuple[Float[Tensor, " seeds"], list[Tensor]]:
    """Each seed's mean loss over its minibatch, and its gradients by the stacked parameters."""
    recorded = recorded_in(recipe.precision, progress.stack, x)
    found = cross_entropy(recorded.logits, y)
    return found.losses, recorded.gradients(found.gradient)


def _step(
    progress: Progress, recipe: Recipe, gradients: list[Tensor], learning_rate: float | Tensor
) -> None:
    """Take one step of every seed in place; with no gradients, do nothing."""
    if not gradients:
        return
    parameters = list(progress.stack.parameters.values())
    with torch.no_grad():
        recipe.penalty.add_to(gradients, parameters)
        descend(parameters, gradients, progress.velocity, recipe.optimiser.momentum, learning_rate)
        recipe.constraint.apply_to(parameters)


def _close_epoch(progress: Progress, losses: list[float]) -> None:
    row = [math.nan] * progress.seeds
    for position, loss in zip(progress.positions, losses, strict=True):
        row[position] = loss
        if not math.isfinite(loss):
            progress.diverged_at.setdefault(position, progress.epoch)
    progress.losses.append(row)
    progress.epoch += 1


def _mark_overflow(progress: Progress, recipe: Recipe, images: Tensor) -> None:
    """Record seeds whose outputs are not finite after the last step as diverged.

    The loss of a step is computed before the step, so it does not show this. The outputs are
    computed in evaluation mode on the first images, as many as a minibatch has (1000 without
    minibatches).
    """
    if progress.done:
        return
    few = images[: recipe.optimiser.batch_size or 1000]
    stack = progress.stack
    stack.skeleton.eval()
    with torch.no_grad():
        said = finite(stack(few.expand(stack.seeds, *few.shape))).all(dim=1).tolist()
    stack.skeleton.train()
    for position, fine in zip(progress.positions, said, strict=True):
        if not fine:
            progress.diverged_at.setdefault(position, progress.epoch)


def _stop_where_reached(progress: Progress, recipe: Recipe, images: Tensor, labels: Tensor) -> None:
    """Stop every seed that satisfies the stopping condition and has not diverged."""
    every = recipe.stopping.every
    if every == 0 or progress.epoch % every or progress.done:
        return
    reached = recipe.stopping.reached(*training_fit(progress.stack, images, labels)).tolist()
    there = {position for position, yes in zip(progress.positions, reached, strict=True) if yes}
    if there := there - progress.diverged_at.keys():
        progress.put_aside(there)
