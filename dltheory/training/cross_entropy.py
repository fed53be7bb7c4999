"""The cross-entropy of stacked networks and its gradient by their outputs, in closed form."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float, Int64
from torch import Tensor

REGISTER = 64
"""A multiple of how many numbers a processor's widest register holds."""


class CrossEntropy(NamedTuple):
    """Each seed's mean cross-entropy, and its gradient by the seed's logits."""

    losses: Float[Tensor, " seeds"]
    gradient: Float[Tensor, "seeds batch classes"]


def cross_entropy(
    logits: Float[Tensor, "seeds batch classes"], labels: Int64[Tensor, "seeds batch"]
) -> CrossEntropy:
    """The mean cross-entropy of each seed over its batch, and the gradient by the logits.

    With logits z_i and labels y_i of the n examples of a batch, the loss is
    −(1/n) Σ_i log softmax(z_i)_{y_i}, and its gradient by z_i is (softmax(z_i) − e_{y_i})/n, where
    e_y is the unit vector of the label y. Nothing is recorded for automatic differentiation.
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
    """The cross-entropy −ln softmax(z)_y of each example with logits z and label y."""
    return _losses(_log_shares(logits), labels)


def _losses(log_shares: Tensor, labels: Tensor) -> Tensor:
    each = -log_shares[:, : labels.numel()].gather(0, labels.reshape(1, -1))
    return each.view(labels.shape)


def _log_shares(logits: Tensor) -> Tensor:
    """The logarithm of the softmax, with a row per class and a column per example, zero-padded.

    On a CPU the softmax of ten classes is several times faster along the first axis, where examples
    are adjacent in memory, than along the last axis. PyTorch processes as many examples at once as
    fit into a vector register, and the remaining ones with other code, which may round differently.
    Columns of zeros are added up to a multiple of `REGISTER`. Therefore the result for a seed does
    not depend on the other seeds in the stack.
    """
    seeds, batch, classes = logits.shape
    examples = seeds * batch
    columns = -(-examples // REGISTER) * REGISTER
    by_class = logits.new_zeros(classes, columns)
    by_class[:, :examples] = logits.detach().permute(2, 0, 1).reshape(classes, examples)
    return by_class.log_softmax(dim=0)
