"""Small networks of every kind that minibatch gradients treat apart, with data and gradients."""

import torch
from torch import nn
from torch.nn import functional

from dltheory.models import MLP, ResNet
from dltheory.randomness import drawing_from, stream

COUNT, CLASSES = 20, 3
OFTEN = torch.stack([torch.randperm(COUNT, generator=stream(i, "b"))[:8] for i in range(9)])
ONCE = torch.randperm(COUNT, generator=stream(0, "b")).view(5, 4)
EACH = torch.arange(COUNT)[:, None]
BATCHES = {"drawn often": OFTEN, "drawn once": ONCE, "examples": EACH, "twice in one": OFTEN % 5}


class Tied(nn.Module):
    """One weight in two places, the second outside its layer."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(32, 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        hidden = self.first(x.flatten(1)).tanh()
        return self.last(functional.linear(hidden, self.first.weight))


class Twice(nn.Module):
    """One layer called two times."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(32, 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        return self.last(self.first(self.first(x.flatten(1)).tanh()))


class Interacting(nn.Module):
    """Examples see the mean of their minibatch, in evaluation mode too."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(32, CLASSES)

    def forward(self, x):
        return self.last(x.flatten(1) - x.flatten(1).mean(dim=0))


class Unused(nn.Module):
    """A layer without influence."""

    def __init__(self):
        super().__init__()
        self.idle, self.last = nn.Linear(32, 2), nn.Linear(32, CLASSES)

    def forward(self, x):
        self.idle(x.flatten(1))
        return self.last(x.flatten(1))


class Positions(nn.Module):
    """A linear layer at several positions of an image."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 3, bias=False), nn.Linear(24, CLASSES)

    def forward(self, x):
        return self.last(self.first(x).tanh().flatten(1))


def in_place():
    layers = nn.Flatten(), nn.Linear(32, 8), nn.ReLU(inplace=True), nn.Linear(8, CLASSES)
    return nn.Sequential(*layers)


def with_other_layers():
    convolution = nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2), nn.GroupNorm(2, 4), nn.GELU()
    return nn.Sequential(*convolution, nn.Flatten(), nn.LayerNorm(16), nn.Linear(16, CLASSES))


def convolutional():
    first = nn.Conv2d(2, 4, 3, stride=(2, 1), padding=(1, 2)), nn.ReLU(inplace=True)
    second = nn.Conv2d(4, 6, (1, 3), dilation=(1, 2), groups=2, bias=False), nn.BatchNorm2d(6)
    return nn.Sequential(*first, *second, nn.Tanh(), nn.Flatten(), nn.Linear(24, CLASSES))


def wrapped_around():
    convolution = nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular")
    return nn.Sequential(convolution, nn.Flatten(), nn.Linear(64, CLASSES))


NETWORKS = {
    "MLP": lambda: MLP(hidden=(6, 5)).build((2, 4, 4), CLASSES),
    "linear": lambda: MLP(hidden=()).build((2, 4, 4), CLASSES),
    "ResNet": lambda: ResNet(width=2, blocks=(1, 1)).build((2, 4, 4), CLASSES),
    "convolutional": convolutional,
    "wrapped around": wrapped_around,
    "other layers": with_other_layers,
    "in place": in_place,
    "tied": Tied,
    "twice": Twice,
    "interacting": Interacting,
    "unused": Unused,
    "positions": Positions,
}


def network(name, dtype=torch.float64):
    with drawing_from(stream(1, "init")):
        model = NETWORKS[name]().double()
        model(torch.randn(8, 2, 4, 4, dtype=torch.float64))  # unusual running statistics
    return model.to(dtype)


def data(dtype=torch.float64):
    generator = stream(2, "data")
    images = torch.randn(COUNT, 2, 4, 4, generator=generator, dtype=torch.float64).to(dtype)
    return images, torch.randint(CLASSES, (COUNT,), generator=generator)


def one_by_one(model, batches):
    images, labels = data()
    by = list(model.parameters())
    gradients = []
    for batch in batches:
        loss = functional.cross_entropy(model(images[batch]), labels[batch])
        gradients.append(torch.autograd.grad(loss, by, materialize_grads=True))
    return torch.stack([torch.cat([g.flatten() for g in each]) for each in gradients])
