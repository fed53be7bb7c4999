"""The oracle of the training loop: one network, torch.optim.SGD, and nothing clever."""

from dataclasses import dataclass

import torch
from torch.nn import functional

from dltheory.randomness import drawing_from, stream
from dltheory.training import (
    Constant,
    GradientDescent,
    LastEpoch,
    NoPenalty,
    NormBias,
    Unconstrained,
    WeightDecay,
)
from dltheory.training.loop import Progress, train
from dltheory.training.seed_axis import Stack

BLACK = (-0.8,)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    model: object
    optimiser: object
    epochs: int = 4
    schedule: object = Constant()
    penalty: object = NoPenalty()
    constraint: object = Unconstrained()
    projection: object = None
    augmentation: object = None
    attack: object = None
    precision: str = "float32"
    stopping: object = LastEpoch()


def network(recipe, shape, seed, dtype):
    with drawing_from(stream(seed, "init")):
        return recipe.model.build(shape, 3).to(dtype)


def start(recipe, images, seeds, *, lone=False):
    shape, dtype = tuple(images.shape[1:]), images.dtype
    networks = [network(recipe, shape, seed, dtype) for seed in seeds]
    return Progress.start(Stack.of(networks, lone=lone))


def trained(recipe, data, seeds, *, lone=False, **options):
    images, labels = data
    progress = start(recipe, images, seeds, lone=lone)
    return train(progress, recipe, images, labels, seeds=seeds, black=BLACK, **options)


def plainly_trained(recipe, data, seed):
    """The state after training one network in the ordinary way."""
    images, labels = data
    model = network(recipe, tuple(images.shape[1:]), seed, images.dtype)
    decay = recipe.penalty.coefficient if isinstance(recipe.penalty, WeightDecay) else 0.0
    rate, momentum = recipe.optimiser.learning_rate, recipe.optimiser.momentum
    sgd = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum, weight_decay=decay)
    accumulating = isinstance(recipe.optimiser, GradientDescent)
    for epoch in range(recipe.epochs):
        sgd.param_groups[0]["lr"] = rate * recipe.schedule.factor(epoch)
        for batch in _batches(recipe, len(labels), seed, epoch):
            if not accumulating:
                sgd.zero_grad()
            x = _augmented(recipe, images, batch, seed, epoch)
            loss = functional.cross_entropy(model(x), labels[batch])
            share = len(batch) / len(labels) if accumulating else 1.0
            (share * (loss + _norm_bias(recipe.penalty, model))).backward()
            if not accumulating:
                sgd.step()
        if accumulating:
            sgd.step()
            sgd.zero_grad()
    return model.state_dict()


def _batches(recipe, count, seed, epoch):
    if recipe.optimiser.batch_size is not None:
        order = torch.randperm(count, generator=stream(seed, f"batches/{epoch}"))
        return order.split(recipe.optimiser.batch_size)
    return [torch.arange(count)]


def _augmented(recipe, images, batch, seed, epoch):
    if recipe.augmentation is None:
        return images[batch]
    offsets, flips = recipe.augmentation.draw(len(images), stream(seed, f"augmentation/{epoch}"))
    return recipe.augmentation.apply(images[batch], offsets[batch], flips[batch], BLACK)


def _norm_bias(penalty, model):
    if not isinstance(penalty, NormBias):
        return 0.0
    norm = sum(p.square().sum() for p in model.parameters())
    strength = penalty.coefficient * (1.0 if penalty.as_in == "formula" else 0.5)
    return strength * (norm - penalty.squared_norm).abs()
