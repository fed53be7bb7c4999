"""Accumulation of the gradients of several minibatches for one step."""

from __future__ import annotations

import torch
from torch import Tensor


class Accumulation:
    """Gradients for steps: one per minibatch if `examples` is None, else one per N = `examples`."""

    def __init__(self, examples: int | None) -> None:
        self._examples, self._seen = examples, 0
        self._total: list[Tensor] = []

    def of(self, gradients: list[Tensor], count: int) -> list[Tensor]:
        """The gradient for a step after a minibatch of `count` examples; [] if no step is due yet.

        `gradients` are means over the minibatch. With one step per minibatch they are returned as
        they are. Otherwise (1/N) Σ count · gradients is returned after N examples, and [] before.
        """
        if self._examples is None or count == self._examples:
            return gradients
        self._total = self._total or [torch.zeros_like(g) for g in gradients]
        torch._foreach_add_(self._total, gradients, alpha=count / self._examples)
        self._seen += count
        return self._total if self._seen == self._examples else []
