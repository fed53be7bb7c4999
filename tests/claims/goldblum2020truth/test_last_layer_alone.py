"""Gradients of all layers but the last are taken away."""

import torch

from claims.goldblum2020truth.last_layer_alone import LastLayerAlone


def stacked(*shapes):
    """Parameters or gradients of two seeds, all 1."""
    return [torch.ones(2, *shape) for shape in shapes]


def test_only_the_last_weight_and_bias_keep_their_gradients_and_decay():
    shapes = (4, 3), (4,), (2, 4), (2,)
    gradients, parameters = stacked(*shapes), stacked(*shapes)

    LastLayerAlone(decay=0.5).add_to(gradients, parameters)

    assert [float(g.mean()) for g in gradients] == [0.0, 0.0, 1.5, 1.5]


def test_no_decay_is_the_default():
    gradients = stacked((4, 3), (4,), (2, 4), (2,))

    LastLayerAlone().add_to(gradients, stacked((4, 3), (4,), (2, 4), (2,)))

    assert [float(g.mean()) for g in gradients] == [0.0, 0.0, 1.0, 1.0]
