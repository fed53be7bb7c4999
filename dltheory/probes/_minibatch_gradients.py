"""The gradients of many minibatches, computed with as few passes over the model as possible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._evaluation import evaluating, modes_kept, require_deterministic
from dltheory.probes._layer_factors import factorable, layer_factors, layer_gradients
from dltheory.probes._plain_gradients import example_gradients, loss_gradients, separable

Mode = Literal["eval", "train"]
# Sizes of passes and of what is held in memory at once (in numbers of float32).
PASS = 512  # images a pass for factors: more fill the cache without saving anything
EXAMPLES = 128  # images a pass where each has a gradient of its own
HELD, LITTLE = 2**26, 2**22  # numbers of gradients: 256 and 16 MiB in float32
FACTORS = 2**26  # numbers of factors


@contextmanager
def in_mode(model: nn.Module, images: Tensor, mode: str) -> Iterator[None]:
    """A context in which batch normalisation uses running statistics or those of each minibatch.

    `mode` is "eval" or "train". Modes and buffers of the model are restored at the end.
    """
    if mode not in ("eval", "train"):
        raise SpecError(
            'Batch normalisation needs a mode, "eval" (running statistics) or "train" (those of '
            f"each minibatch); got {mode!r}. Name one of the two."
        )
    if mode == "eval":
        with evaluating(model, images):
            yield
    else:
        with modes_kept(model), buffers_kept(model):
            model.train()
            require_deterministic(model, images[:8])
            yield


@contextmanager
def buffers_kept(model: nn.Module) -> Iterator[None]:
    """A context after which the values of all buffers are restored."""
    before = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        for buffer, value in before:
            buffer.copy_(value)


def minibatch_gradients(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    batches: Int64[Tensor, "m batch"],
    *,
    mode: Mode = "eval",
    together: int = 16,
) -> Float[Tensor, "m parameters"]:
    """The gradient of the mean cross-entropy of each minibatch, flattened over all parameters.

    A row of `batches` has the indices of the examples of a minibatch. `gradient_blocks` says how
    much memory is used besides the result.
    """
    with in_mode(model, images, mode), torch.no_grad():
        first = next(model.parameters())
        result = first.new_empty(len(batches), _size(model))
        for part, blocks in gradient_blocks(model, images, labels, batches, together=together):
            torch.cat(blocks, dim=1, out=result[part])
    return result


def gradient_blocks(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    batches: Int64[Tensor, "m batch"],
    *,
    together: int,
) -> Iterator[tuple[slice, list[Tensor]]]:
    """Yield the gradients of some minibatches at a time, with the slice of `batches`.

    There is one tensor (minibatches, numbers) per parameter. The model is used in its current mode,
    with the fastest of these methods that is correct:

    * If all parameters are in linear layers, or also in convolutions and batch normalisations (with
      running statistics) on small minibatches: from the factors of layers, where each example is
      run once.
    * If examples do not interact and each is drawn twice or more on average: as means of the
      examples' own gradients, each computed once.
    * Otherwise: by differentiation of one minibatch after another.

    `together` bounds the number of gradients in memory, but gradients of 256 MiB (in float32) and
    factors of the same size may always be in memory. All parts except the last are multiples of
    `together`.
    """
    batches = batches.to(images.device)
    numbers = factorable(model, images, labels, batches.shape[1])
    room = FACTORS // numbers if numbers else 0
    if room >= batches.shape[1]:
        yield from _by_factors(model, images, labels, batches, together, room)
    elif twice(batches) and separable(model, images, labels):
        yield from _by_examples(model, images, labels, batches, together)
    else:
        yield from _one_by_one(model, images, labels, batches, together)


def _one_by_one(
    model: nn.Module, images: Tensor, labels: Tensor, batches: Tensor, together: int
) -> Iterator[tuple[slice, list[Tensor]]]:
    for part in _parts(len(batches), together):
        each = [loss_gradients(model, images[b], labels[b]) for b in batches[part]]
        yield part, [torch.stack(g).flatten(1) for g in zip(*each, strict=True)]


def _by_examples(
    model: nn.Module, images: Tensor, labels: Tensor, batches: Tensor, together: int
) -> Iterator[tuple[slice, list[Tensor]]]:
    size = _size(model)
    for part in _parts(len(batches), _multiple(together, HELD // size)):
        examples, shares = shares_of(batches[part], images.dtype)
        blocks = [images.new_zeros(len(shares), p.numel()) for p in model.parameters()]
        for some in _parts(len(examples), max(1, min(EXAMPLES, HELD // size))):
            chosen = examples[some]
            each = example_gradients(model, images[chosen], labels[chosen])
            for block, gradients in zip(blocks, each, strict=True):
                block.addmm_(shares[:, some], gradients)
        yield part, blocks


def _by_factors(
    model: nn.Module, images: Tensor, labels: Tensor, batches: Tensor, together: int, room: int
) -> Iterator[tuple[slice, list[Tensor]]]:
    examples, rows = run_once(batches)
    if len(examples) <= room and twice(batches):
        factors = layer_factors(model, images[examples], labels[examples], PASS)
        widest = max(f.numbers for f in factors)
        at_ease = LITTLE // (_size(model) + batches.shape[1] * widest)
        for part in _parts(len(batches), _multiple(together, at_ease)):
            yield part, [block for f in factors for block in layer_gradients(f, rows[part])]
        return
    for part in _parts(len(batches), together):
        each = []
        for some in batches[part].split(room // batches.shape[1]):
            examples, rows = run_once(some)
            factors = layer_factors(model, images[examples], labels[examples], PASS)
            each.append([block for f in factors for block in layer_gradients(f, rows)])
        yield part, [torch.cat(blocks) for blocks in zip(*each, strict=True)]


def run_once(
    batches: Int64[Tensor, "m batch"],
) -> tuple[Int64[Tensor, " n"], Int64[Tensor, "m batch"]]:
    """The examples to run, and the indices in them of the examples of each minibatch.

    Each example is run once. But if most examples occur once, all are run in the given order, which
    saves an indexing operation.
    """
    examples, rows = torch.unique(batches, return_inverse=True)
    if 4 * len(examples) > 3 * batches.numel():
        every = torch.arange(batches.numel(), device=batches.device)
        return batches.flatten(), every.view_as(batches)
    return examples, rows


def shares_of(
    batches: Int64[Tensor, "m batch"], dtype: torch.dtype
) -> tuple[Int64[Tensor, " n"], Float[Tensor, "m n"]]:
    """The examples that occur, and the weight of each in the mean of each minibatch.

    The weight is 1/batch for each occurrence in the minibatch.
    """
    examples, rows = torch.unique(batches, return_inverse=True)
    shares = torch.zeros(len(batches), len(examples), dtype=dtype, device=batches.device)
    weight = torch.full_like(rows, 1 / batches.shape[1], dtype=dtype)
    return examples, shares.scatter_add_(1, rows, weight)


def twice(batches: Int64[Tensor, "m batch"]) -> bool:
    """Whether examples occur twice or more on average, or each minibatch has one example."""
    return batches.shape[1] == 1 or 2 * len(torch.unique(batches)) <= batches.numel()


def _size(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def _parts(count: int, size: int) -> list[slice]:
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]


def _multiple(of: int, at_most: int) -> int:
    """The largest multiple of `of` that is not above `at_most`, but at least `of`."""
    return max(of, at_most - at_most % of)
