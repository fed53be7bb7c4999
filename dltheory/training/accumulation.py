"""Gradients of minibatches added up to the gradient of one step."""

from __future__ import annotations

import torch
from torch import Tensor


class Accumulation:
    """The gradient that a step takes: each minibatch's own, or that of `examples` examples."""

    def __init__(self, examples: int | None) -> None:
        self._examples, self._seen = examples, 0
        self._total: list[Tensor] = []

    def of(self, gradients: list[Tensor], count: int) -> list[Tensor]:
        """The gradient to step by after a minibatch of `count` examples; [] for no step yet.

        `gradients` are means over the minibatch; (1/N) Σ count · gradients is returned once all N
        examples have been seen, and the gradients themselves where each minibatch has its step.
        """
        if self._examples is None or count == self._examples:
            return gradients
        self._total = self._total or [torch.zeros_like(g) for g in gradients]
        torch._foreach_add_(self._total, gradients, alpha=count / self._examples)
        self._seen += count
        return self._total if self._seen == self._examples else []
