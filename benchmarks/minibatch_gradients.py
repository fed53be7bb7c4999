"""Gradients of 100 minibatches: ours, a plain loop, and vmap over minibatches.

    python -m benchmarks.minibatch_gradients [--rounds 7] [--device cpu] [--out DIR]

Two data sets a network: 1,000 images, of which every image is in about 13 minibatches of 128, as on
the digits; and as many that hardly any is drawn twice, where no work can be shared. One network is
as those of the fast tier, small and deep, on minibatches of 32. Then what probes do with the
gradients: cosines of pairs, and inner products of single examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from benchmarks.harness import Row, compare, options, relative_error, write
from dltheory.models import MLP, ResNet, WideResNet
from dltheory.probes.gradient_cosines import gradient_cosines, minibatch_gradients
from dltheory.probes.gradient_inner_products import gradient_inner_products
from dltheory.randomness import drawing_from, stream

FEW, MINIBATCHES, BATCH, TOGETHER = 1000, 100, 128, 16
SMALL = "WRN-22-2, 4 filters, 8×8, minibatches of 32"


def small_convolutional_network() -> nn.Module:
    """Three convolutions of 16, 32 and 64 filters with pooling between, for 16×16 images."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 10))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network and its data."""

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    points: tuple[int, int]
    batch: int = BATCH

    def on(self, points: int, device: str) -> tuple[nn.Module, Tensor, Tensor]:
        """The network at its initialisation in evaluation mode, images and labels."""
        generator = stream(2, "data")
        images = torch.randn(points, *self.shape, generator=generator)
        labels = torch.randint(10, (points,), generator=generator)
        with drawing_from(stream(1, "init")):
            model = self.build().eval()
        return model.to(device), images.to(device), labels.to(device)


CASES = {
    "MLP 64-256-256-10": Case(
        build=lambda: MLP(hidden=(256, 256)).build((1, 8, 8), 10),
        shape=(1, 8, 8),
        points=(FEW, 100_000),
    ),
    "MLP 3072-512-512-10": Case(
        build=lambda: MLP(hidden=(512, 512)).build((3, 32, 32), 10),
        shape=(3, 32, 32),
        points=(FEW, 30_000),
    ),
    "ResNet, 8 filters, 16×16": Case(
        build=lambda: ResNet(width=8, blocks=(1, 1)).build((3, 16, 16), 10),
        shape=(3, 16, 16),
        points=(FEW, 50_000),
    ),
    "conv net, 16×16": Case(
        build=small_convolutional_network, shape=(3, 16, 16), points=(FEW, 50_000)
    ),
    SMALL: Case(
        build=lambda: WideResNet(widening=2, blocks=3, stem=4, batch_norm=False).build(
            (1, 8, 8), 10
        ),
        shape=(1, 8, 8),
        points=(FEW, 50_000),
        batch=32,
    ),
}


def plain_loop(model: nn.Module, images: Tensor, labels: Tensor, batches: Tensor) -> Tensor:
    """One call of autograd.grad a minibatch."""
    by, gradients = list(model.parameters()), []
    for batch in batches:
        loss = functional.cross_entropy(model(images[batch]), labels[batch])
        gradients.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, by)]))
    return torch.stack(gradients)


def mapped(model: nn.Module, images: Tensor, labels: Tensor, batches: Tensor) -> Tensor:
    """torch.func.vmap over 16 minibatches at a time."""
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def loss(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return functional.cross_entropy(functional_call(model, parameters, (x,)), y)

    many = vmap(grad(loss), in_dims=(None, 0, 0))
    parts = []
    for some in batches.split(TOGETHER):
        gradients = many(parameters, images[some], labels[some])
        parts.append(torch.cat([g.flatten(1) for g in gradients.values()], dim=1))
    return torch.cat(parts)


def draw(points: int, batch: int, count: int = MINIBATCHES) -> Tensor:
    """Minibatches, each drawn without replacement, as the probes draw them."""
    generator = stream(0, "benchmark")
    return torch.stack([torch.randperm(points, generator=generator)[:batch] for _ in range(count)])


def gradients(name: str, points: int, device: str, rounds: int) -> list[Row]:
    """All gradients as one matrix."""
    model, images, labels = CASES[name].on(points, device)
    batches = draw(points, CASES[name].batch).to(device)
    some = batches[:: MINIBATCHES // 4]
    found = minibatch_gradients(model, images, labels, batches)[:: MINIBATCHES // 4]
    reference = plain_loop(model.double(), images.double(), labels, some)
    error = relative_error(found, reference)
    arguments = model.float(), images, labels, batches
    return compare(
        "minibatch_gradients",
        f"{name}, {points:,} images",
        lambda: minibatch_gradients(*arguments),
        {
            "loop of autograd.grad": lambda: plain_loop(*arguments),
            "torch.func vmap(grad), 16 together": lambda: mapped(*arguments),
        },
        error=error,
        rounds=rounds,
        device=device,
    )


def cosines(name: str, device: str, rounds: int) -> list[Row]:
    """100 pairs: the probe of the claims on gradient confusion."""
    model, images, labels = CASES[name].on(FEW, device)
    batch = CASES[name].batch
    batches = draw(FEW, batch, 2 * MINIBATCHES).to(device)

    def of(way: Callable[..., Tensor]) -> Tensor:
        unit = functional.normalize(way(model, images, labels, batches).double(), dim=1)
        return (unit[0::2] * unit[1::2]).sum(dim=1)

    def ours() -> Tensor:
        generator = stream(0, "benchmark")
        return gradient_cosines(model, images, labels, generator=generator, batch=batch)

    model.double()
    images = images.double()
    reference = of(plain_loop)
    model.float()
    images = images.float()
    return compare(
        "minibatch_gradients",
        f"{name}, cosines of 100 pairs",
        ours,
        {
            "loop of autograd.grad": lambda: of(plain_loop),
            "torch.func vmap(grad), 16 together": lambda: of(mapped),
        },
        error=relative_error(ours(), reference),
        rounds=rounds,
        device=device,
    )


def inner_products(name: str, device: str, rounds: int, examples: int = 500) -> list[Row]:
    """All pairs of 500 examples, each with its own gradient."""
    model, images, labels = CASES[name].on(FEW, device)
    order = torch.randperm(FEW, generator=stream(0, "benchmark"))[:examples, None].to(device)
    above = torch.triu_indices(examples, examples, offset=1)

    def of(way: Callable[..., Tensor]) -> Tensor:
        each = way(model, images, labels, order)
        return (each @ each.T)[above[0], above[1]]

    def each_mapped(model: Any, images: Tensor, labels: Tensor, order: Tensor) -> Tensor:
        parameters = {name: p.detach() for name, p in model.named_parameters()}

        def loss(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
            logits = functional_call(model, parameters, (x.unsqueeze(0),))
            return functional.cross_entropy(logits, y.unsqueeze(0))

        chosen = order.flatten()
        many = vmap(grad(loss), in_dims=(None, 0, 0), chunk_size=BATCH)
        each = many(parameters, images[chosen], labels[chosen])
        return torch.cat([g.flatten(1) for g in each.values()], dim=1)

    def ours() -> Tensor:
        return gradient_inner_products(
            model, images, labels, generator=stream(0, "benchmark"), minibatches=examples
        )

    model.double()
    images = images.double()
    reference = of(each_mapped)
    model.float()
    images = images.float()
    return compare(
        "minibatch_gradients",
        f"{name}, products of 500 examples",
        ours,
        {
            "loop of autograd.grad": lambda: of(plain_loop),
            "torch.func vmap(grad)": lambda: of(each_mapped),
        },
        error=relative_error(ours(), reference),
        rounds=rounds,
        device=device,
    )


def main() -> None:
    """Measure, print the table, and write it with its provenance."""
    chosen = options(__doc__.split("\n")[0])
    slow = min(chosen.rounds, 3)  # for what takes seconds a round
    rows = []
    for name, case in CASES.items():
        rounds = chosen.rounds if name == "MLP 64-256-256-10" else slow
        for points in case.points:
            rows += gradients(name, points, chosen.device, rounds)
    for name in ("MLP 64-256-256-10", "ResNet, 8 filters, 16×16", SMALL):
        rows += cosines(name, chosen.device, slow)
    for name in ("MLP 64-256-256-10", "ResNet, 8 filters, 16×16"):
        rows += inner_products(name, chosen.device, slow)
    write("minibatch_gradients", rows, chosen.out)


if __name__ == "__main__":
    main()
