"""Drawing Gaussian clusters."""

import torch
from jaxtyping import Float
from torch import Tensor

from dltheory.randomness import stream

from .gaussian_clusters import GaussianClusters
from .splits import Labelled, Splits


def class_means(spec: GaussianClusters) -> Float[Tensor, "classes inputs"]:
    """Orthogonal vectors of norm `separation` in uniformly random directions, in float64."""
    normal = torch.randn(
        spec.inputs,
        spec.classes,
        dtype=torch.float64,
        generator=stream(spec.seed, "data/clusters/means"),
    )
    Q, R = torch.linalg.qr(normal)
    Q = Q * R.diagonal().sign()  # makes the factorisation unique, so no library decides the signs
    return spec.separation * Q.T


def draw_clusters(spec: GaussianClusters) -> Splits:
    """The training and test draws of the description, in float32."""
    means = class_means(spec).float()

    def draws(split: str, count: int) -> Labelled:
        generator = stream(spec.seed, f"data/clusters/{split}")
        labels = (torch.arange(count) % spec.classes)[torch.randperm(count, generator=generator)]
        noise = torch.randn(count, spec.inputs, generator=generator)
        return Labelled(images=means[labels] + noise, labels=labels)

    return Splits(
        train=draws("train", spec.train),
        validation=None,
        test=draws("test", spec.test),
        form=f"{spec.classes} Gaussian clusters in {spec.inputs} dimensions, "
        f"means of norm {spec.separation:g}",
    )
