"""How much work a group is, roughly, so that the longest is begun first."""

from __future__ import annotations

from functools import lru_cache

from dltheory.experiments.plan import Group
from dltheory.experiments.training import Model, Training


def relative_cost(group: Group, examples: int) -> float:
    """Multiply-adds of the forward passes of all epochs and seeds; 0 for a computation.

    Long groups first leave the short ones to fill the end, when several processes share a plan.
    """
    recipe = group.recipe
    if not isinstance(recipe, Training):
        return 0.0
    per_image = _multiply_adds(recipe.model, recipe.data.shape, recipe.data.classes)
    passes = 1 + (recipe.attack.steps * recipe.attack.restarts if recipe.attack else 0)
    return passes * per_image * examples * recipe.epochs * len(group.seeds)


@lru_cache
def _multiply_adds(model: Model, shape: tuple[int, ...], classes: int) -> float:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        model.build(shape, classes).eval()(torch.empty(1, *shape))
    return counter.get_total_flops() / 2
