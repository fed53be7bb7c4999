"""How the variance of ⟨∇L_A, ∇L_B⟩ over independent minibatches falls with their size B (§2)."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.models.model import Model
from dltheory.probes.gradient_cosines import minibatch_gradients
from dltheory.randomness import drawing_from, stream

Result = dict[str, float | list[float]]


def inner_product_variance(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    model: Model,
    points: int,
    steps: int,
    sizes: tuple[int, ...],
    rate: float = 0.1,
    pairs: int = 2000,
) -> Result:
    """Variances over pairs of minibatches drawn with replacement, measured and by formula.

    With G the mean gradient of the points and Σ their covariance (divisor N),

        Var ⟨g_A, g_B⟩ = 2 GᵀΣG/B + tr Σ²/B².

    "centred" is the same after G is taken off every gradient, as at a stationary point. The
    network is looked at after `steps` steps of SGD with minibatches of 32, or as many as there are
    training images.
    """
    train = context.load(data).train
    chosen = torch.randperm(len(train), generator=stream(seed, "data"))[:points]
    images, labels = train.images[chosen], train.labels[chosen]
    with drawing_from(stream(seed, "init")):
        network = model.build(data.shape, data.classes)
    optimiser = torch.optim.SGD(network.parameters(), lr=rate)
    batches = stream(seed, "batches/0")
    for _ in range(min(steps, len(train))):
        batch = torch.randint(len(images), (32,), generator=batches)
        optimiser.zero_grad()
        functional.cross_entropy(network(images[batch]), labels[batch]).backward()
        optimiser.step()
    gradients = minibatch_gradients(network, images, labels, torch.arange(len(images))[:, None])
    gram = (gradients @ gradients.T).double()
    centred = gram - gram.mean(dim=0) - gram.mean(dim=1, keepdim=True) + gram.mean()
    towards = gram.mean(dim=1) - gram.mean()  # ⟨g_i − G, G⟩
    once, twice = 2 * float(towards.square().mean()), float(centred.square().mean())
    draws = stream(seed, "probe/minibatches")
    return {
        "variance": [_variance(gram, size, pairs, draws) for size in sizes],
        "variance, centred": [_variance(centred, size, pairs, draws) for size in sizes],
        "variance by formula": [once / b + twice / b**2 for b in sizes],
        "size where both terms are equal": twice / max(once, 1e-300),
        "loss": float(functional.cross_entropy(network(images), labels).detach()),
        "mean gradient over noise": math.sqrt(float(gram.mean() / centred.diagonal().mean())),
    }


def _variance(gram: torch.Tensor, size: int, pairs: int, generator: torch.Generator) -> float:
    """The variance of (1/B²) Σ_{i∈A, j∈B} K_ij over pairs of minibatches with replacement.

    Products of two examples have heavy tails, so there are 16/B times as many pairs where B < 16.
    """
    pairs = pairs * max(1, 16 // size)
    products = []
    for some in range(0, pairs, 2000):
        count = min(2000, pairs - some)
        drawn = torch.randint(len(gram), (2, count, size), generator=generator)
        if size <= 16:
            products.append(gram[drawn[0, :, :, None], drawn[1, :, None, :]].mean(dim=(1, 2)))
            continue
        shares = torch.zeros(2, count, len(gram), dtype=torch.float64)
        part = torch.full(drawn.shape, 1 / size, dtype=torch.float64)
        shares.scatter_add_(2, drawn, part)
        products.append(((shares[0] @ gram) * shares[1]).sum(dim=1))
    return float(torch.cat(products).var())
