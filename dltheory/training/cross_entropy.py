"""The cross-entropy of many networks and its gradient by their outputs, both in closed form."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float, Int64
from torch import Tensor


class CrossEntropy(NamedTuple):
    """Each seed's mean cross-entropy, and the gradient of the sum of these means by the logits."""

    losses: Float[Tensor, " seeds"]
    gradient: Float[Tensor, "seeds batch classes"]


def cross_entropy(
    logits: Float[Tensor, "seeds batch classes"], labels: Int64[Tensor, "seeds batch"]
) -> CrossEntropy:
    """−(1/n) Σ log softmax(z_i)_{y_i} over the n examples of a batch, and (softmax(z_i) − e_y)/n.

    e_y is the unit vector of the label y. Nothing is recorded for automatic differentiation. The
    seeds share no logit, so the gradient of the sum over seeds holds each seed's own gradient.
    """
    each, log_shares = _losses(logits.detach(), labels)
    gradient, n = log_shares.exp_(), labels.shape[1]
    places = labels.unsqueeze(0)
    gradient.scatter_add_(0, places, gradient.new_full(places.shape, -1.0))
    return CrossEntropy(each.mean(dim=1), gradient.div_(n).permute(1, 2, 0))


def losses_of_examples(
    logits: Float[Tensor, "seeds batch classes"], labels: Int64[Tensor, "seeds batch"]
) -> Float[Tensor, "seeds batch"]:
    """−log softmax(z)_y of each example, natural logarithm."""
    return _losses(logits.detach(), labels)[0]


def _losses(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The losses, and log softmax(z) with the axis of classes first.

    On a CPU the logarithm of a softmax along the last axis of ten classes takes several times as
    long as along the first axis, where examples are side by side in memory.
    """
    log_shares = logits.permute(2, 0, 1).contiguous().log_softmax(dim=0)
    return -log_shares.gather(0, labels.unsqueeze(0)).squeeze(0), log_shares
