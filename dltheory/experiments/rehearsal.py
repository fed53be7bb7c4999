"""What a network must be for its seeds to be trained, tried on a small batch before any training.

The networks of two seeds are built, called and stacked as a training would do it. What cannot be
trained right is refused with what to do; what a stack would train otherwise than the lone network,
by its outputs, gradients or buffers, is refused as well, unless the recipe says `alone`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from dltheory.errors import SpecError
from dltheory.experiments.training import Training
from dltheory.randomness import drawing_from, stream
from dltheory.training.alone import Alone
from dltheory.training.seed_axis import Stack

EXAMPLES = 4
SEEDS = (0, 1)
TOLERANCE = {torch.float64: (1e-6, 1e-6), torch.float32: (1e-2, 1.0)}
"""The largest difference of stack and lone network, as a share of the largest number in a tensor;
and the least that this number counts as, as a share of the largest in all tensors."""


def rehearse(training: Training, images: Tensor, *, lone: bool = False) -> None:
    """SpecError if the seeds of this training could not be trained as what they are.

    `images` are its training images; `lone` says that one network trains at a time.
    """
    some = images[(torch.arange(EXAMPLES) % len(images)).to(images.device)].cpu()
    _Rehearsal(training, some, lone=lone).run()


class _Rehearsal:
    def __init__(self, training: Training, images: Tensor, *, lone: bool) -> None:
        self.training, self.images, self.lone = training, images, lone

    def run(self) -> None:
        """All checks, the cheap ones first."""
        with drawing_from(stream(0, "rehearsal")):
            networks = [self.built(seed) for seed in SEEDS]
            again = self.built(SEEDS[0])
            self.require_fresh(networks[0], again)
            self.require_trainable(networks[0])
            self.require_same_beginning(networks[0], again)
            draws = self.require_outputs(again)
            self.require_recoverable(again)
            if self.training.alone or not self.training.epochs:
                return
            if draws:
                self.refuse_stack("draws random numbers when it is called, as dropout does")
            self.require_same_as_stack()

    def built(self, seed: int) -> nn.Module:
        """The network of a seed, in training mode."""
        data = self.training.data
        with drawing_from(stream(seed, "init")):
            return self.training.model.build(data.shape, data.classes).train()

    # ── the network by itself ─────────────────────────────────────────────────────────────────

    def require_fresh(self, network: nn.Module, again: nn.Module) -> None:
        if network is again:
            self.refuse("must build a fresh network at each call; it returned the same one twice")

    def require_trainable(self, network: nn.Module) -> None:
        tensors = [*network.parameters(), *network.buffers()]
        if any(isinstance(t, (UninitializedParameter, UninitializedBuffer)) for t in tensors):
            self.refuse(
                "must build a network whose shapes are all known; it has lazy layers. Give their "
                "sizes, or call the network once in `build`"
            )
        if not any(p.requires_grad for p in network.parameters()):
            self.refuse("needs a parameter to train; none of its parameters requires a gradient")
        kinds = {p.dtype for p in network.parameters()} - {torch.float32}
        if kinds:
            self.refuse(
                "must have parameters of float32, as images have; it has "
                f"{', '.join(sorted(map(str, kinds)))}. Leave out `.double()` and the like"
            )

    def require_same_beginning(self, network: nn.Module, again: nn.Module) -> None:
        unlike = _first_unlike(network.state_dict(), again.state_dict(), exactly=True)
        if unlike:
            self.refuse(
                f"must build the same network from the same seed; {unlike} differs between two "
                "builds. Draw from torch's global generator alone, which the seed sets: neither "
                "from NumPy nor from random"
            )

    def require_outputs(self, network: nn.Module) -> bool:
        """Check the logits and that every parameter has a share in them; whether it draws."""
        before = torch.get_rng_state()
        try:
            logits = network(self.images)
        except Exception as error:  # noqa: BLE001  foreign code
            self.refuse(
                f"must take a batch of shape {tuple(self.images.shape)}; it raised "
                f"{type(error).__name__}: {error}"
            )
        draws = not torch.equal(before, torch.get_rng_state())
        expected = (len(self.images), self.training.data.classes)
        if not isinstance(logits, Tensor) or tuple(logits.shape) != expected:
            given = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            self.refuse(f"must return logits of shape {expected}; it returned {given}")
        trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
        shares = torch.autograd.grad(logits.sum(), list(trained.values()), allow_unused=True)
        idle = [name for name, share in zip(trained, shares, strict=True) if share is None]
        if idle:
            self.refuse(
                f"must use every parameter that it trains; {', '.join(idle)} has no share in the "
                "outputs. Leave it out, or call requires_grad_(False) on it in `build`"
            )
        return draws

    def require_recoverable(self, network: nn.Module) -> None:
        """Check that its state is all that a network has learned."""
        fresh, state = self.built(SEEDS[0]), Alone.of([network]).state_of(0)
        try:
            fresh.load_state_dict(state)
            one, other = (self.evaluated(net) for net in (network, fresh))
        except Exception as error:  # noqa: BLE001  foreign code
            self.refuse(
                f"must take its own state back, in evaluation mode; it raised "
                f"{type(error).__name__}: {error}"
            )
        if not _close(one, other):
            self.refuse(
                "must keep all that it learns in parameters and buffers; with its state loaded "
                "into a fresh network the outputs are others. Register what it remembers with "
                "register_buffer"
            )

    def evaluated(self, network: nn.Module) -> Tensor:
        network.eval()
        with torch.no_grad(), drawing_from(stream(0, "rehearsal")):
            logits = network(self.images)
        network.train()
        return logits

    # ── the network in a stack ────────────────────────────────────────────────────────────────

    def require_same_as_stack(self) -> None:
        """Compare in float64, where rounding is small, or in float32 for what is of it alone."""
        seeds = SEEDS[:1] if self.lone else SEEDS
        networks, images = [self.built(seed) for seed in seeds], self.images
        with suppress(Exception):
            doubled = [self.built(seed).double() for seed in seeds]
            doubled[0](images.double())
            networks, images = [self.built(seed).double() for seed in seeds], images.double()
        try:
            stack = Stack.of(networks, lone=self.lone)
            stack.skeleton.train()
            together = _twice(stack, stack.parameters, images.expand(len(seeds), *images.shape))
            states = [stack.state_of(index) for index in range(len(seeds))]
        except Exception as error:  # noqa: BLE001  torch's words on foreign code
            self.refuse_stack(f"raised {type(error).__name__} there: {_first_line(error)}")
        for index, network in enumerate(networks):
            trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
            apart = _twice(network, trained, images)
            theirs = {name: value[index] for name, value in together.items()}
            unlike = _first_unlike(apart, theirs)
            unlike = unlike or _first_unlike(network.state_dict(), states[index])
            if unlike:
                self.refuse_stack(f"has others there than by itself: {unlike}")

    def refuse_stack(self, why: str) -> NoReturn:
        model = self.training.model
        raise SpecError(
            f"The seeds of a training are stacked into one network; that of {model!r} cannot be: "
            f"it {why}. Give the Training alone=True, which trains each seed by itself, or change "
            "the model."
        )

    def refuse(self, why: str) -> NoReturn:
        raise SpecError(f"A model {why}. This is {self.training.model!r}.")


def _twice(
    network: Callable[[Tensor], Tensor], trained: Mapping[str, Tensor], images: Tensor
) -> dict[str, Tensor]:
    """Outputs of two calls in turn, and the gradient of a number made of the first."""
    for parameter in trained.values():
        parameter.requires_grad_()
    logits = network(images)
    weights = torch.linspace(-1, 1, logits.shape[-1], dtype=logits.dtype)
    score = (logits.softmax(dim=-1) * weights).square().sum()
    gradients = torch.autograd.grad(score, list(trained.values()))
    with torch.no_grad():
        second = network(images)
    named = {f"the gradient of {n}": g for n, g in zip(trained, gradients, strict=True)}
    return {"the outputs": logits.detach(), "the outputs of a second call": second, **named}


def _first_unlike(
    one: Mapping[str, Tensor], other: Mapping[str, Tensor], *, exactly: bool = False
) -> str:
    """The name of the first tensor that is not the same in both; "" if all are."""
    if one.keys() != other.keys():
        return ", ".join(sorted(one.keys() ^ other.keys()))
    largest = max((_largest(tensor) for tensor in one.values()), default=0.0)
    for name, tensor in one.items():
        if not isinstance(tensor, Tensor):
            continue
        same = _same_bits(tensor, other[name]) if exactly else _close(tensor, other[name], largest)
        if not same:
            return name
    return ""


def _same_bits(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and bool(torch.all((one == other) | (one != one)))


def _close(one: Tensor, other: Tensor, largest: float = 0.0) -> bool:
    """Whether two tensors are the same but for rounding, on the scale of their largest number."""
    if one.shape != other.shape:
        return False
    one, other = one.detach(), other.detach()
    share, least = TOLERANCE.get(one.dtype, (0.0, 0.0))
    tolerance = share * max(_largest(one), least * largest)
    return torch.allclose(one.double(), other.double(), rtol=0, atol=tolerance, equal_nan=True)


def _largest(tensor: object) -> float:
    if not isinstance(tensor, Tensor) or not tensor.numel() or not tensor.is_floating_point():
        return 0.0
    finite = tensor.detach()[torch.isfinite(tensor)]
    return float(finite.abs().max()) if finite.numel() else 0.0


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else repr(error)
