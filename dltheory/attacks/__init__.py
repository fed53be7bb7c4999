"""Attacks: small changes of images that make a network err, found with gradients.

An attack takes a callable `logits(images) -> logits` and is independent of models and data. Probes
use attacks to measure robust accuracy, and adversarial training uses the attacked images. Importing
this package does not import torch; importing an attack does.
"""

from dltheory.attacks.budget import Budget, Norm

__all__ = ["Budget", "Norm"]
