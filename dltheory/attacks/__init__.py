"""Attacks: small changes of images that make a network err, found by gradients.

They are functions of a callable `logits(images) -> logits`, and know no model and no data: a probe
asks them how accurate a network stays, a training may train on what they return.
Importing this package imports no torch; importing an attack does.
"""

from dltheory.attacks.budget import Budget, Norm

__all__ = ["Budget", "Norm"]
