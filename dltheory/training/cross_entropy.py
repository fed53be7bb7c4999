"""The cross-entropy of many networks and its gradient by their outputs, both in closed form."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float, Int64
from torch import Tensor

REGISTER = 64
"""A multiple of how many numbers a processor's widest register holds."""


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
    log_shares, examples = _log_shares(logits), labels.numel()
    each = _losses(log_shares, labels)
    gradient = log_shares.exp_()[:, :examples]
    places = labels.view(1, -1)
    gradient.scatter_add_(0, places, gradient.new_full(places.shape, -1.0))
    gradient.div_(labels.shape[1])
    by_logits = gradient.unflatten(1, labels.shape).permute(1, 2, 0).contiguous()
    return CrossEntropy(each.mean(dim=1), by_logits)


def losses_of_examples(
    logits: Float[Tensor, "seeds batch classes"], labels: Int64[Tensor, "seeds batch"]
) -> Float[Tensor, "seeds batch"]:
    """−log softmax(z)_y of each example, natural logarithm."""
    return _losses(_log_shares(logits), labels)


def _losses(log_shares: Tensor, labels: Tensor) -> Tensor:
    each = -log_shares[:, : labels.numel()].gather(0, labels.reshape(1, -1))
    return each.view(labels.shape)


def _log_shares(logits: Tensor) -> Tensor:
    """The logarithms of the softmax, one row a class, one column an example, and columns beyond.

    On a CPU the softmax along the last axis of ten classes takes several times as long as along the
    first axis, where examples lie side by side in memory. It treats as many of them at once as fit
    into a register, and those left over in another way, which may round otherwise. Columns of zeros
    fill the last register: what comes out for a seed does not depend on which others there are.
    """
    seeds, batch, classes = logits.shape
    examples = seeds * batch
    columns = -(-examples // REGISTER) * REGISTER
    by_class = logits.new_zeros(classes, columns)
    by_class[:, :examples] = logits.detach().permute(2, 0, 1).reshape(classes, examples)
    return by_class.log_softmax(dim=0)
