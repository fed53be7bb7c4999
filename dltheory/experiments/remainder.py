"""The last batch of an epoch, which is smaller than the others where these do not divide the data.

A batch of one example is one that batch normalisation refuses where a channel has one value, and
training would end there after all other steps of the epoch.
"""

from __future__ import annotations

from functools import cache

from dltheory.errors import SpecError
from dltheory.experiments.training import Training
from dltheory.models.model import Model


def require_trainable_rest(training: Training, examples: int | None = None) -> None:
    """SpecError if an epoch ends with a single example that the network cannot be trained on.

    `examples` is the size of the training set; without it, what the description says. Imports torch
    only where a single example is left.
    """
    examples = training.data.training_examples if examples is None else examples
    size = training.optimiser.batch_size
    if examples is None or size is None or not training.epochs:
        return
    batch = min(size, examples)
    if batch > 1 and examples % batch != 1:
        return
    refusal = _refusal(training.model, training.data.shape, training.data.classes)
    if refusal:
        raise SpecError(
            f"Every batch must be one that the network can be trained on; {examples} training "
            f"examples in batches of {batch} leave a rest of 1, on which "
            f"{type(training.model).__name__} raises: {refusal} Give another number of examples, "
            "or another batch size."
        )


@cache
def _refusal(model: Model, shape: tuple[int, ...], classes: int) -> str:
    """What the network says to a batch of one, if two are welcome; "" if it takes it."""
    import torch

    from dltheory.randomness import drawing_from, stream

    with drawing_from(stream(0, "init")), torch.no_grad():
        try:
            network = model.build(shape, classes).train()
            network(torch.zeros(2, *shape))
        except Exception:  # noqa: BLE001  wrong in another way, which is said where it is built
            return ""
        try:
            network(torch.zeros(1, *shape))
        except Exception as error:  # noqa: BLE001
            return f"{type(error).__name__}: {error}."
    return ""
