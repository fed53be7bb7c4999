"""Projected gradient ascent on the loss of each image (Madry et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor
from torch.nn import functional

from dltheory.attacks.ball import Ball, ball, random_starts, take
from dltheory.attacks.budget import Budget
from dltheory.errors import SpecError
from dltheory.outputs import correct, finite

Logits = Callable[[Tensor], Tensor]


class Attacked(NamedTuple):
    """The attacked images, whether the network misclassifies each (`fooled`), its loss, the cost.

    `loss` is the cross-entropy with the natural logarithm. `gradients` is the total number of
    gradients, each with respect to one image of one seed. If the outputs on the returned image are
    not finite, `fooled` is false and the loss is NaN.
    """

    images: Float[Tensor, " ..."]
    fooled: Bool[Tensor, "*seeds points"]
    loss: Float[Tensor, "*seeds points"]
    gradients: int

    @property
    def withstood(self) -> Float64[Tensor, "*seeds points"]:
        """1 for an image that does not fool the network, 0 for one that does; NaN with the loss."""
        return torch.where(self.loss.isnan(), torch.nan, (~self.fooled).double())


def pgd(
    logits: Logits,
    images: Float[Tensor, " ..."],
    labels: Int64[Tensor, "*seeds points"],
    budget: Budget,
    *,
    generator: torch.Generator | Sequence[torch.Generator] | None = None,
    early_leave: bool = False,
    batch: int | None = None,
) -> Attacked:
    """The images that projected gradient ascent finds within the budget.

        x_0 = Π(x + ε u),  x_{t+1} = Π(x_t + η d_t),

    Here u is uniform in the unit ball (0 without a random start), η is the budget's step, d_t is
    the sign of the gradient (ℓ∞) or the gradient divided by its norm (ℓ2), and Π is the projection
    to the ball and the box. `fooled` is true if the network misclassifies the last iterate of a
    restart. The image of the first restart that succeeds is returned, or else that of the last
    restart.

    With `early_leave`, `fooled` is true if the network misclassifies the image itself (with random
    starts) or *any* iterate. The attack on the image then ends. This attack is at least as strong
    with the same starts, and often much cheaper. Without it every image takes all steps of all
    restarts, which is necessary if images influence each other (batch statistics).

    The ascent is on log Σ_{j≠y} exp(z_j − z_y) for logits z and label y. Its gradient is that of
    the cross-entropy times a positive number, so the steps are the same. But it does not vanish if
    the cross-entropy of a confident network is 0 in float32. If a gradient is exactly 0 or not
    finite, the image does not move. It is then reported as not fooled, although another attack may
    succeed. If the outputs are not finite, the loss is NaN.

    `labels` may have a leading axis of seeds; `images` and the outputs of `logits` then have it
    too, and the result of each seed does not depend on the others. Random starts need `generator`:
    one generator on the CPU, whose draws all seeds share, or one per seed. `batch` is the number of
    points per pass and only saves memory. The cost is restarts · steps gradients per image and one
    forward pass per restart. SpecError is raised if shapes do not match or a generator is missing.
    """
    _require_fitting(images, labels, budget, generator)
    axis, points = labels.ndim - 1, labels.shape[-1]
    climb = _Climb(
        logits=logits,
        ball=ball(budget, images, labels.ndim),
        labels=labels,
        best=_Best.of(images, labels),
        early_leave=early_leave,
    )
    if early_leave and budget.random_start:
        climb.look_at_images(batch or points)
    for _ in range(budget.restarts):
        draws = None
        if generator is not None and budget.random_start:
            draws = _draws(budget, points, images.shape[axis + 1 :], generator)
        climb.restart(draws, batch or points)
    return Attacked(*climb.best, climb.gradients)


class _Best(NamedTuple):
    """For each image the first iterate that fooled the network, or else the last one tried."""

    images: Tensor
    fooled: Tensor
    loss: Tensor

    @classmethod
    def of(cls, images: Tensor, labels: Tensor) -> _Best:
        return cls(
            images.clone(),
            torch.zeros(labels.shape, dtype=torch.bool, device=images.device),
            torch.zeros(labels.shape, dtype=images.dtype, device=images.device),
        )

    def left(self, among: Int64[Tensor, " chosen"]) -> Int64[Tensor, " left"]:
        """The positions in `among` of points that have not yet fooled the networks of all seeds."""
        fooled = self.fooled[..., among].reshape(-1, len(among))
        return (~fooled.all(dim=0)).nonzero().squeeze(1)

    def keep(self, chosen: Tensor, x: Tensor, outputs: Tensor, y: Tensor, *, last: bool) -> None:
        """Store the images that fool for the first time; with `last` also those that never did."""
        fools = correct(outputs, y) == 0
        loss = functional.softplus(excess(outputs, y))
        loss = torch.where(finite(outputs), loss, torch.nan)
        new = ~self.fooled[..., chosen] & (fools | last)
        shape = (*new.shape, *(1,) * (x.ndim - new.ndim))
        self._put(self.images, chosen, x, new.reshape(shape), new.ndim - 1)
        self._put(self.loss, chosen, loss, new, new.ndim - 1)
        self._put(self.fooled, chosen, fools, new, new.ndim - 1)

    @staticmethod
    def _put(into: Tensor, chosen: Tensor, values: Tensor, where: Tensor, axis: int) -> None:
        kept = take(into, chosen, axis)
        into.index_copy_(axis, chosen, torch.where(where, values.to(into.dtype), kept))


@dataclass(kw_only=True)
class _Climb:
    """The state of an attack: its target, the best images found, and the number of gradients."""

    logits: Logits
    ball: Ball
    labels: Tensor
    best: _Best
    early_leave: bool
    gradients: int = 0

    def restart(self, draws: Tensor | None, batch: int) -> None:
        """Attack from these starts, or from the images, all points that are not yet fooled.

        Without `early_leave` all points are attacked.
        """
        everyone = torch.arange(self.labels.shape[-1], device=self.labels.device)
        chosen = self.best.left(everyone) if self.early_leave else everyone
        for part in chosen.split(max(batch, 1)):
            near = self.ball.at(part)
            starts = (
                None if draws is None else take(draws, part.cpu(), draws.ndim - near.pixels - 1)
            )
            self._climb(part, near, near.start(starts))

    def look_at_images(self, batch: int) -> None:
        """Store which unchanged images the network misclassifies."""
        everyone = torch.arange(self.labels.shape[-1], device=self.labels.device)
        for part in everyone.split(max(batch, 1)):
            x, y = self.ball.at(part).centre, self.labels[..., part]
            with torch.no_grad():
                outputs = self.logits(x)
            self.best.keep(part, x, outputs, y, last=False)

    def _climb(self, chosen: Tensor, near: Ball, x: Tensor) -> None:
        y = self.labels[..., chosen]
        for _ in range(self.ball.budget.steps):
            outputs, gradient = _ascent(self.logits, x, y)
            self.gradients += y.numel()
            if self.early_leave and (correct(outputs, y) == 0).any():
                self.best.keep(chosen, x, outputs, y, last=False)
                stay = self.best.left(chosen)
                if not len(stay):
                    return
                x, gradient = take(x, stay, y.ndim - 1), take(gradient, stay, y.ndim - 1)
                chosen, near, y = chosen[stay], near.at(stay), y[..., stay]
            near.move_(x, gradient)
        with torch.no_grad():
            outputs = self.logits(x)
        self.best.keep(chosen, x, outputs, y, last=True)


def _draws(
    budget: Budget,
    points: int,
    shape: tuple[int, ...],
    generator: torch.Generator | Sequence[torch.Generator],
) -> Tensor:
    """Random starts in the unit ball, shape (points, *shape), or (seeds, points, *shape).

    There is an axis of seeds if there is one generator per seed.
    """
    if isinstance(generator, torch.Generator):
        return random_starts(budget, points, shape, generator)
    return torch.stack([random_starts(budget, points, shape, each) for each in generator])


def excess(
    outputs: Float[Tensor, "*seeds points classes"], labels: Int64[Tensor, "*seeds points"]
) -> Float[Tensor, "*seeds points"]:
    """The excess e = log Σ_{j≠y} exp(z_j − z_y) for outputs z and label y.

    The cross-entropy is log(1 + exp e).
    """
    right = labels.unsqueeze(-1)
    others = outputs.scatter(-1, right, -torch.inf).logsumexp(dim=-1)
    return others - outputs.gather(-1, right).squeeze(-1)


def _ascent(logits: Logits, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The outputs at x, and the gradient of each image's `excess` by the image.

    Gradients that are not finite become 0.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        outputs = logits(x)
        (gradient,) = torch.autograd.grad(excess(outputs, labels).sum(), x)
    return outputs.detach(), gradient.nan_to_num_(0, 0, 0)


def _require_fitting(
    images: Tensor,
    labels: Tensor,
    budget: Budget,
    generator: torch.Generator | Sequence[torch.Generator] | None,
) -> None:
    if images.shape[: labels.ndim] != labels.shape:
        raise SpecError(
            "An attack needs one label for each image, in the same order of axes; got images of "
            f"shape {tuple(images.shape)} and labels of shape {tuple(labels.shape)}. Give labels "
            "the leading axes of the images."
        )
    if budget.random_start and generator is None:
        raise SpecError(
            "A random start needs a generator to draw from; got random_start=True and none. Pass "
            "generator=stream(seed, purpose), or set random_start=False."
        )
    if isinstance(generator, Sequence) and (len(generator),) != labels.shape[:-1]:
        raise SpecError(
            "Generators of random starts are one for each seed, or one for all; got "
            f"{len(generator)} and labels with leading axes {tuple(labels.shape[:-1])}. Pass as "
            "many as there are seeds."
        )
