"""One epoch of the suite's loop against plain PyTorch with a DataLoader, and how fast that is.

    python -m benchmarks.training_speed [--rounds 3] [--device cpu]

Random images of CIFAR-10's size, crops and flips, momentum and weight decay, one seed. The plain
loop is the usual one: torchvision's transforms image by image in two worker processes. Both end
with a network of the same kind, not with the same numbers: their random crops differ. The error is
that of our loop without augmentation against torch.optim.SGD, in float64, on a narrow network.

The speeds are kept in dltheory/experiments/measured_speeds.json, from which `--plan` tells hours.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from benchmarks.harness import Row, compare, device_name, made, options, write
from dltheory.data import CIFAR10, CropAndFlip
from dltheory.data.torchvision_import import torchvision_datasets
from dltheory.experiments import Training
from dltheory.experiments.cost import SPEEDS, Speed, relative_cost
from dltheory.experiments.plan import Group
from dltheory.experiments.train_group import start
from dltheory.models import MLP, ResNet, WideResNet
from dltheory.randomness import drawing_from, stream
from dltheory.training import SGD, WeightDecay
from dltheory.training.loop import Progress, train
from dltheory.training.seed_axis import Stack

RESNET = Training(
    data=CIFAR10(),
    model=ResNet(),
    epochs=1,
    optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=128),
    penalty=WeightDecay(coefficient=1e-4),
    augmentation=CropAndFlip(),
)
TRAININGS = {
    "ResNet-18": (RESNET, 256),
    "WRN-16-1": (RESNET.but(model=WideResNet()), 512),
    "MLP 3072-2048-2048-2048-10": (RESNET.but(model=MLP(hidden=(2048,) * 3)), 2048),
}


def images_and_labels(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise of the size of CIFAR-10's images."""
    generator = stream(0, "benchmark")
    images = torch.randn(count, 3, 32, 32, generator=generator)
    return images, torch.randint(10, (count,), generator=generator)


def ours(training: Training, images: torch.Tensor, labels: torch.Tensor) -> Stack:
    """One epoch by the suite's loop."""
    progress = start(training, (0,), images.device)
    return train(progress, training, images, labels, seeds=(0,)).stack


class Augmented(Dataset):
    """Images that torchvision's transforms change one by one."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        torchvision_datasets()  # makes torchvision importable next to a torch without its C++ part
        from torchvision import transforms

        self.images, self.labels = images, labels
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
        self.transform = transforms.Compose(steps)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(self.images[index]), int(self.labels[index])


def plain(training: Training, loader: DataLoader, device: torch.device) -> torch.nn.Module:
    """One epoch as most code has it."""
    with drawing_from(stream(0, "init")):
        model = training.model.build((3, 32, 32), 10).to(device).train()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    for x, y in loader:
        sgd.zero_grad(set_to_none=True)
        functional.cross_entropy(model(x.to(device)), y.to(device)).backward()
        sgd.step()
    return model


def error_of(training: Training) -> float:
    """Our loop against torch.optim.SGD on a narrow network in float64, without augmentation."""
    narrow = training.but(model=training.model.narrowed(), augmentation=None)
    images, labels = images_and_labels(256)
    images = images.double()
    with drawing_from(stream(0, "init")):
        networks = [narrow.model.build((3, 32, 32), 10).double()]
    progress = Progress.start(Stack.of(networks))
    train(progress, narrow, images, labels, seeds=(0,))
    model = networks[0].train()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    for batch in torch.randperm(256, generator=stream(0, "batches/0")).split(128):
        sgd.zero_grad()
        functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        sgd.step()
    found = progress.stack.parameters
    return max(
        float((found[name][0] - p).detach().norm() / p.detach().norm().clamp_min(1e-12))
        for name, p in model.named_parameters()
    )


def main() -> None:
    """Measure, print, and write rows and speeds."""
    given = options(__doc__ or "")
    device = torch.device(given.device)
    rows: list[Row] = []
    speeds: list[Speed] = []
    for name, (training, count) in TRAININGS.items():
        images, labels = images_and_labels(count)
        loader = DataLoader(Augmented(images, labels), batch_size=128, shuffle=True, num_workers=2)
        here = images.to(device), labels.to(device)
        found = compare(
            "training_speed",
            f"{name}, epoch of {count} images",
            lambda t=training, data=here: ours(t, *data),
            {"plain loop, DataLoader": lambda t=training, data=loader: plain(t, data, device)},
            error=error_of(training),
            rounds=min(given.rounds, 3),
            device=given.device,
        )
        rows += found
        work = 3 * relative_cost(Group(recipe=training, seeds=(0,), quantities=()), count)
        speeds.append(
            Speed(
                device=device_name(given.device),
                model=type(training.model).__name__,
                multiply_adds_per_second=work / found[0].ours_seconds,
                made=made(),
            )
        )
    write("training_speed", rows, given.out)
    keep(speeds)


def keep(speeds: list[Speed]) -> None:
    """Put the speeds of this device in the place of its earlier ones."""
    old = json.loads(SPEEDS.read_text(encoding="utf-8")) if SPEEDS.exists() else []
    others = [row for row in old if row["device"] != speeds[0].device]
    rows = others + [asdict(speed) for speed in speeds]
    SPEEDS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
