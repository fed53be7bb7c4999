"""Models whose networks are hard to stack, and some that no training could be right for."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


@dataclass(frozen=True)
class Made:
    """A model whose network a function of this module makes."""

    by: Callable[[int, int], nn.Module]

    def build(self, shape, classes):
        return self.by(torch.Size(shape).numel(), classes)

    def narrowed(self):
        return self


def tied(inputs, classes):
    one, two = nn.Linear(inputs, inputs), nn.Linear(inputs, inputs)
    two.weight = one.weight
    return nn.Sequential(nn.Flatten(), one, nn.Tanh(), two, nn.Tanh(), nn.Linear(inputs, classes))


def used_twice(inputs, classes):
    layer = nn.Linear(inputs, inputs)
    return nn.Sequential(nn.Flatten(), layer, nn.Tanh(), layer, nn.Linear(inputs, classes))


def frozen(inputs, classes):
    network = nn.Sequential(nn.Flatten(), nn.Linear(inputs, 6), nn.ReLU(), nn.Linear(6, classes))
    network[1].requires_grad_(requires_grad=False)
    return network


def with_constant(inputs, classes):
    network = nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes))
    network.register_buffer("constant", torch.ones(3), persistent=False)
    return network


def class_made_inside(inputs, classes):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(inputs, classes)

        def forward(self, x):
            return self.layer(x.flatten(1))

    return Net()


def with_dropout(inputs, classes):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(inputs, 16), nn.Dropout(0.5), nn.Linear(16, classes)
    )


class Recurrent(nn.Module):
    """An LSTM that reads an image row by row."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.width = round(inputs**0.5)
        self.lstm = nn.LSTM(self.width, 5, batch_first=True)
        self.last = nn.Linear(5, classes)

    def forward(self, x):
        return self.last(self.lstm(x.reshape(len(x), -1, self.width))[0][:, -1])


class Deciding(nn.Module):
    """A network that looks at its numbers before it goes on."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.layer = nn.Linear(inputs, classes)

    def forward(self, x):
        h = self.layer(x.flatten(1))
        return h / 2 if h.mean() > 100 else h


class Counting(nn.Module):
    """A network with a buffer that is another tensor after each call."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.layer = nn.Linear(inputs, classes)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        if self.training:
            self.calls = self.calls + 1
        return self.layer(x.flatten(1)) * (1 + self.calls / 100)  # more would enlarge rounding


class Remembering(nn.Module):
    """A network that remembers what is in no state."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.layer = nn.Linear(inputs, classes)
        self.factor = 1.0

    def forward(self, x):
        if self.training:
            self.factor *= 2
        return self.layer(x.flatten(1)) * self.factor


class RandomConstant(nn.Module):
    """A network with a drawn tensor that is neither a parameter nor a buffer."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.layer = nn.Linear(inputs, classes)
        self.factor = torch.rand(classes)

    def forward(self, x):
        return self.layer(x.flatten(1)) * self.factor.to(x)


def lazy(inputs, classes):
    del inputs
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(classes))


def double(inputs, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes)).double()


def drawn_by_numpy(inputs, classes):
    network = nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes))
    drawn = np.random.normal(size=(classes, inputs))  # noqa: NPY002  what is to be noticed
    network[1].weight.data = torch.tensor(drawn, dtype=torch.float32)
    return network


def all_frozen(inputs, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes)).requires_grad_(
        requires_grad=False
    )


def idle(inputs, classes):
    network = nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes))
    network.register_parameter("spare", nn.Parameter(torch.ones(2)))
    return network


def too_many_outputs(inputs, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes + 1))


def of_another_shape(inputs, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs + 1, classes))


ONE = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def always_the_same(inputs, classes):
    del inputs, classes
    return ONE


def with_batch_norm(inputs, classes):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(inputs, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, classes)
    )


def broken(inputs, classes):
    del inputs, classes
    raise ZeroDivisionError("no such network")
