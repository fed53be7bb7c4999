"""Evaluation of networks that differ only by seed; the first axis of results is the seed.

On two CPU cores this is not faster than evaluating one network after another, because batches over
a whole data set already use the cores (benchmarks/seed_axis_probes.py). It needs memory for the
activations of all networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from dltheory.errors import SpecError
from dltheory.probes._evaluation import evaluating

Leaves = dict[str, Tensor]


class Together:
    """Stacked networks of equal structure; a call evaluates each of them on all images."""

    def __init__(self, models: Sequence[nn.Module]) -> None:
        self._skeleton = models[0]
        parameters, self._buffers = stack_module_state(list(models))  # type: ignore[arg-type]
        self.parameters: Leaves = {name: p.detach() for name, p in parameters.items()}

    def __call__(
        self, parameters: Leaves, images: Float[Tensor, " points *shape"]
    ) -> Float[Tensor, "seeds points classes"]:
        """The outputs of each network with these stacked parameters."""

        def one(parameters: Leaves, buffers: Leaves) -> Tensor:
            return functional_call(self._skeleton, (parameters, buffers), (images,))

        return vmap(one)(parameters, self._buffers)


@contextmanager
def evaluating_together(models: Sequence[nn.Module], images: Tensor) -> Iterator[Together]:
    """A context with the stacked networks in evaluation mode; modes are restored at the end."""
    _require_alike(models)
    with ExitStack() as stack:
        for model in models:
            stack.enter_context(evaluating(model, images))
        yield Together(models)


def logits_together(
    models: Sequence[nn.Module], images: Tensor, batch: int
) -> Iterator[tuple[slice, Float[Tensor, "seeds points classes"]]]:
    """Yield the outputs in evaluation mode, with the slice of the data set that they belong to."""
    with evaluating_together(models, images) as together, torch.no_grad():
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            yield part, together(together.parameters, images[part])


def _require_alike(models: Sequence[nn.Module]) -> None:
    """Raise SpecError if the networks differ in modules, shapes or precision."""
    kinds = {_form(model) for model in models}
    if len(kinds) != 1:
        raise SpecError(
            "Networks that are evaluated together must be at least one, built alike, with the same "
            f"modules, shapes and precision; got {len(models)} networks of {len(kinds)} forms. "
            "Evaluate each form on its own."
        )


def _form(model: nn.Module) -> tuple[object, ...]:
    modules = tuple((name, repr(module)) for name, module in model.named_modules())
    state = tuple((n, tuple(v.shape), v.dtype) for n, v in model.state_dict().items())
    return modules, state
