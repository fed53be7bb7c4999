"""Networks that use their parameters in every way, and their kernels from dense Jacobians."""

import copy

import torch
from torch import nn
from torch.func import functional_call, jacrev
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from dltheory.models import MLP, ResNet
from dltheory.models.ntk_conv_net import NTKConvNet
from dltheory.models.ntk_mlp import NTKMLP
from dltheory.models.wide_resnet import WideResNet
from dltheory.randomness import drawing_from, stream

POINTS, CLASSES, SHAPE = 5, 3, (2, 10, 10)
LABELS = torch.zeros(POINTS, dtype=torch.int64)
MODES = ["eval", "train", "calibrated"]


def images(count=POINTS, purpose="data"):
    return torch.randn(count, *SHAPE, generator=stream(2, purpose), dtype=torch.float64)


def trained(network):
    """In double precision, with statistics and scales that are not those of initialisation."""
    network = network.double().train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and module.affine:
            module.weight.data.uniform_(0.5, 2)
            module.bias.data.normal_()
    for _ in range(2):
        network(2 * torch.randn(12, *SHAPE, dtype=torch.float64) + 0.5)
    return network


def head(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(CLASSES))


class Twice(nn.Module):
    """One layer called twice, and its weight used once more without the layer."""

    def __init__(self, *, calls, uses):
        super().__init__()
        self.layer, self.calls, self.uses = nn.Linear(200, 200), calls, uses
        self.last = nn.Linear(200, CLASSES)

    def forward(self, x):
        z = x.flatten(1)
        for _ in range(self.calls):
            z = self.layer(z).tanh()
        for _ in range(self.uses):
            z = functional.linear(z, self.layer.weight.T).tanh()
        return self.last(z)


class Scalars(nn.Module):
    """Fixup's numbers, and one that is not used at all."""

    def __init__(self):
        super().__init__()
        self.shift, self.scale, self.unused = (nn.Parameter(torch.rand(1)) for _ in range(3))
        self.convolution, self.last = nn.Conv2d(2, 3, 3), nn.Linear(192, CLASSES)

    def forward(self, x):
        z = self.convolution(x + self.shift).relu() * self.scale
        return self.last(z.flatten(1))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(200, 200), nn.Linear(200, 200)
        self.other.weight = self.one.weight
        self.last = nn.Linear(200, CLASSES)

    def forward(self, x):
        return self.last(self.other(self.one(x.flatten(1)).relu()).relu())


class Sequence(nn.Module):
    """Positions first, images second, as many of one as of the other; then the other way round."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(40, 6), nn.Linear(6, 4)
        self.last = nn.Linear(4, CLASSES)

    def forward(self, x):
        z = x.reshape(len(x), POINTS, 40).transpose(0, 1)
        z = self.first(z).relu().transpose(0, 1)
        return self.last(self.second(z).relu().mean(dim=1))


class Reversed(nn.Module):
    """A layer that gets the images in another order."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(200, 4), nn.Linear(4, CLASSES)

    def forward(self, x):
        return self.last(self.layer(x.flatten(1).flip(0)).relu().flip(0))


class Centred(nn.Module):
    """Images that see each other in every mode, without batch normalisation."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(200, 4), nn.Linear(4, CLASSES)

    def forward(self, x):
        z = self.layer(x.flatten(1)).relu()
        return self.last(z - z.mean(dim=0))


class Keyword(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(200, CLASSES)

    def forward(self, x):
        return self.layer(input=x.flatten(1))


class Odd(nn.Linear):
    """A linear layer that is not one."""

    def forward(self, x):
        return super().forward(x).square() + self.weight.sum()


def hooked():
    network = head(nn.Conv2d(2, 3, 3), nn.ReLU())
    network[0].register_forward_hook(lambda _module, _inputs, output: 3 * output)
    return network


NETWORKS = {
    "linear": lambda: MLP(hidden=()).build(SHAPE, CLASSES),
    "MLP": lambda: MLP(hidden=(6, 5)).build(SHAPE, CLASSES),
    "NTK MLP": lambda: NTKMLP(hidden=(6, 5), bias_scale=0.7).build(SHAPE, CLASSES),
    "ResNet": lambda: ResNet(width=2, blocks=(1, 1)).build(SHAPE, CLASSES),
    "ConvNet": lambda: NTKConvNet(width=1).build(SHAPE, CLASSES),
    "ConvNet, normalised": lambda: NTKConvNet(width=1, batch_norm=True).build(SHAPE, CLASSES),
    "WideResNet": lambda: WideResNet(stem=2, blocks=1).build(SHAPE, CLASSES),
    "strides, padding, dilation": lambda: head(
        nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2)), nn.ReLU()
    ),
    "groups": lambda: head(nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Conv2d(4, 6, 3, groups=2), nn.ReLU()),
    "depthwise": lambda: head(nn.Conv2d(2, 4, 3, groups=2), nn.ReLU()),
    "same padding, reflected": lambda: head(
        nn.Conv2d(2, 3, 4, padding="same", padding_mode="reflect"), nn.Tanh()
    ),
    "circular": lambda: head(nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), nn.Tanh()),
    "few positions, many inputs": lambda: head(
        nn.Conv2d(2, 8, 5, stride=5), nn.Tanh(), nn.Conv2d(8, 2, 1), nn.Tanh()
    ),
    "1-D normalisation": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(200, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, CLASSES)
    ),
    "no running statistics": lambda: head(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3, track_running_stats=False), nn.ReLU()
    ),
    "no affine part": lambda: head(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3, affine=False), nn.ReLU()),
    "in place": lambda: head(nn.Conv2d(2, 3, 3), nn.ReLU(inplace=True)),
    "many positions of a linear layer": lambda: head(nn.Linear(10, 4), nn.Tanh()),
    "1-D convolution": lambda: head(nn.Flatten(2), nn.Conv1d(2, 3, 3), nn.Tanh()),
    "layer normalisation": lambda: head(nn.Conv2d(2, 3, 3), nn.LayerNorm([3, 8, 8]), nn.ReLU()),
    "weight normalisation": lambda: head(weight_norm(nn.Conv2d(2, 3, 3)), nn.ReLU()),
    "called twice": lambda: Twice(calls=2, uses=0),
    "called and used": lambda: Twice(calls=1, uses=1),
    "only used": lambda: Twice(calls=0, uses=1),
    "tied": Tied,
    "scalars": Scalars,
    "sequence": Sequence,
    "other order": Reversed,
    "centred": Centred,
    "keyword": Keyword,
    "odd": lambda: nn.Sequential(nn.Flatten(), Odd(200, CLASSES)),
    "hooked": hooked,
}


def network(make):
    with drawing_from(stream(1, "init")):
        made = make()
        made(images().float())  # lazy layers
        return trained(made)


def in_mode(model, mode):
    """A copy with its modules in the modes that the kernel should be taken in."""
    model = copy.deepcopy(model).eval()
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    if mode == "calibrated":
        for norm in norms:
            norm.train().reset_running_stats()
            norm.momentum = 1.0
        model(images())
    for norm in norms:
        norm.train(mode == "train")
    return model


def dense_kernel(model, x, mode="eval"):
    """J Jᵀ with every entry of J from torch.func.jacrev, all images in one pass."""
    model = in_mode(model, mode)
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def outputs(values):
        # Running statistics would be updated in place, which jacrev refuses, and are not used.
        own = {k: v.clone() for k, v in buffers.items()}
        return functional_call(model, (values, own), (x,))

    if mode == "train":
        for norm in model.modules():
            if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                norm.track_running_stats, norm.running_mean, norm.running_var = False, None, None
        buffers = dict(model.named_buffers())
    jacobian = jacrev(outputs)(parameters)
    return sum(torch.einsum("icp,jdp->ijcd", j.flatten(2), j.flatten(2)) for j in jacobian.values())


def close(found, expected):
    # Sums of at most 10⁵ products in float64, whose rounding is measured against the largest entry.
    scale = expected.abs().max()
    torch.testing.assert_close(found / scale, expected / scale, rtol=0, atol=1e-12)
