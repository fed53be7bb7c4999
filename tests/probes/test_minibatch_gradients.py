"""Gradients of many minibatches at once are those of plain differentiation, one by one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import (
    _layer_factors,
    _minibatch_gradients,
    _plain_gradients,
    gradient_cosines,
)
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

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


NETWORKS = {
    "MLP": lambda: MLP(hidden=(6, 5)).build((2, 4, 4), CLASSES),
    "linear": lambda: MLP(hidden=()).build((2, 4, 4), CLASSES),
    "ResNet": lambda: ResNet(width=2, blocks=(1, 1)).build((2, 4, 4), CLASSES),
    "other layers": with_other_layers,
    "in place": in_place,
    "tied": Tied,
    "twice": Twice,
    "interacting": Interacting,
    "unused": Unused,
    "positions": Positions,
}
every_network = pytest.mark.parametrize("name", NETWORKS)


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


def check_gradients(function, name, batches, mode="eval", together=16):
    expected = one_by_one(network(name).train(mode == "train"), batches)

    found = function(network(name), *data(), batches, mode=mode, together=together)

    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@every_network
@pytest.mark.parametrize("batches", BATCHES.values(), ids=BATCHES.keys())
def test_gradients_are_those_of_plain_differentiation(name, batches):
    check_gradients(_minibatch_gradients.minibatch_gradients, name, batches)


@every_network
@pytest.mark.parametrize("together", [1, 2, 100])
def test_how_many_are_held_together_does_not_matter(name, together):
    function = _minibatch_gradients.minibatch_gradients
    check_gradients(function, name, OFTEN, together=together)


@every_network
def test_in_train_mode_each_minibatch_has_its_own_statistics(name):
    check_gradients(_minibatch_gradients.minibatch_gradients, name, OFTEN, mode="train")


def test_the_two_modes_differ_where_there_is_batch_normalisation():
    one, other = (
        _minibatch_gradients.minibatch_gradients(network("ResNet"), *data(), ONCE, mode=mode)
        for mode in ("eval", "train")
    )

    assert (one - other).norm() > 0.1 * one.norm()


@pytest.mark.parametrize(
    ("name", "factors", "examples"),
    [
        ("MLP", True, True),
        ("in place", True, True),
        ("positions", True, True),
        ("ResNet", False, True),
        ("other layers", False, True),
        ("tied", False, True),
        ("twice", False, True),
        ("unused", False, True),
        ("interacting", False, False),
    ],
)
def test_each_network_takes_the_fastest_way_that_is_right_for_it(name, factors, examples):
    model = network(name).eval()

    assert _layer_factors.factorable(model, *data()) is factors
    assert _plain_gradients.separable(model, *data()) is examples


def test_batch_statistics_are_not_taken_apart():
    assert not _plain_gradients.separable(network("ResNet").train(), *data())


@every_network
def test_in_float32_gradients_are_as_good_as_float32(name):
    expected = one_by_one(network(name).eval(), OFTEN)

    found = _minibatch_gradients.minibatch_gradients(
        network(name, torch.float32), *data(torch.float32), OFTEN
    )

    # 8 images through at most 6 layers: sums of under 1000 terms, each of 2⁻²⁴ relative error.
    assert (found - expected).norm() < 1e-5 * expected.norm()


@settings(max_examples=20)
@given(st.permutations(range(9)), st.permutations(range(8)))
def test_order_matters_neither_between_minibatches_nor_within(outer, inner):
    model = network("MLP")
    straight = _minibatch_gradients.minibatch_gradients(model, *data(), OFTEN)

    turned = _minibatch_gradients.minibatch_gradients(model, *data(), OFTEN[outer][:, inner])

    torch.testing.assert_close(turned, straight[torch.tensor(outer)], rtol=1e-10, atol=1e-13)


@settings(max_examples=20)
@given(st.integers(1, 4))
def test_the_gradient_of_a_union_is_the_mean_of_gradients(parts):
    model = network("ResNet")
    whole = _minibatch_gradients.minibatch_gradients(model, *data(), ONCE[:parts].reshape(1, -1))

    each = _minibatch_gradients.minibatch_gradients(model, *data(), ONCE[:parts])

    torch.testing.assert_close(each.mean(dim=0), whole[0])


def check_parts(module, name, room):
    """With room for this many gradients, and for what comes with them in an MLP."""
    model, together = network(name).eval(), 3
    module.HELD = room * sum(p.numel() for p in model.parameters())
    module.LITTLE = module.HELD + room * 8 * 38
    parts = module.gradient_blocks(model, *data(), OFTEN, together=together)
    lengths = [part.stop - part.start for part, _ in parts]
    assert sum(lengths) == 9
    assert lengths[0] == (3 if room < 6 else 6 if room < 9 else 9)


@pytest.mark.parametrize("name", ["MLP", "ResNet"])
@pytest.mark.parametrize("room", [0, 3, 4, 5, 6, 7, 9, 100])
def test_parts_are_multiples_of_what_is_held_together(name, room):
    unharmed = mutant(_minibatch_gradients, "2**22", "2**22")  # a copy, to be given less room

    check_parts(unharmed, name, min(room, 9))


@pytest.mark.parametrize("name", ["MLP", "ResNet"])
def test_pairs_that_are_torn_apart_are_noticed(name):
    with pytest.raises(AssertionError):
        check_parts(mutant(_minibatch_gradients, " - at_most % of", ""), name, 4)


# ── planted faults ────────────────────────────────────────────────────────────────────────────


def check_layers(layers):
    model = network("MLP").eval()
    factors = layers.layer_factors(model, *data(), 6)

    found = torch.cat([b for f in factors for b in layers.layer_gradients(f, OFTEN)], dim=1)

    torch.testing.assert_close(found, one_by_one(model, OFTEN), rtol=1e-9, atol=1e-12)


LAYER_FAULTS = {
    "sum for mean": (" / rows.shape[1]\n", "\n"),
    "mean of the bias": ("g.sum(dim=1)]", "g.mean(dim=1)]"),
    "bias left out": (
        "[weight] if factors.layer.bias is None",
        "[weight, 0 * g.sum(dim=1)] if True",
    ),
    "weight transposed": ("torch.bmm(g.mT, a)", "torch.bmm(a.mT, g)"),
    "all examples": ("rows.flatten())  #", "rows.flatten() * 0)  #"),
    "mean of each pass": ('reduction="sum"', 'reduction="mean"'),
}


def test_layers_give_the_gradients_of_an_mlp():
    check_layers(_layer_factors)


@pytest.mark.parametrize("fault", LAYER_FAULTS.values(), ids=LAYER_FAULTS.keys())
def test_layers_show_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_layers(mutant(_layer_factors, *fault))


FAULTS = {
    "sum for mean": ("1 / batches.shape[1]", "1.0", "ResNet", OFTEN),
    "repeats counted once": ("shares.scatter_add_(", "shares.scatter_(", "ResNet", OFTEN % 5),
    "interaction ignored": ("and separable(model, images, labels)", "", "interacting", OFTEN),
    "trial of factors skipped": (
        "if factorable(model, images, labels):",
        "if type(model).__name__ == 'Tied':",
        "tied",
        OFTEN,
    ),
    "parts confused": ("rows[part])]", "rows[part].flip(0))]", "MLP", OFTEN),
    "some left out": (
        "shares[:, some], gradients",
        "shares[:, some] / 2, gradients",
        "ResNet",
        OFTEN,
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_minibatch_gradients_show_planted_faults(fault):
    healthy, faulty, name, batches = fault
    module = mutant(_minibatch_gradients, healthy, faulty)

    with pytest.raises(AssertionError):
        check_gradients(module.minibatch_gradients, name, batches, together=4)


# ── no trace ──────────────────────────────────────────────────────────────────────────────────


def check_train_leaves_no_trace(module):
    model = network("ResNet")
    before = [buffer.clone() for buffer in model.buffers()]

    module.minibatch_gradients(model, *data(), ONCE, mode="train")

    for buffer, value in zip(model.buffers(), before, strict=True):
        assert torch.equal(buffer, value)
    assert not any(module._forward_hooks for module in model.modules())


def test_train_mode_leaves_the_running_statistics_alone():
    check_train_leaves_no_trace(_minibatch_gradients)


def test_changed_running_statistics_are_noticed():
    faulty = mutant(_minibatch_gradients, "buffer.copy_(value)", "pass")

    with pytest.raises(AssertionError):
        check_train_leaves_no_trace(faulty)


def test_a_failure_takes_its_hooks_away():
    model = network("MLP").eval()

    with pytest.raises(RuntimeError, match="shape"):
        _layer_factors.layer_factors(model, data()[0][:, :1], data()[1], 8)

    assert not any(module._forward_hooks for module in model.modules())


def test_an_unknown_mode_is_refused():
    with (
        pytest.raises(SpecError, match="got 'batch'"),
        _minibatch_gradients.in_mode(network("MLP"), data()[0], "batch"),
    ):
        pass


def test_dropout_in_train_mode_is_refused():
    model = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(32, CLASSES)).double()

    with pytest.raises(SpecError, match="same outputs each time"):
        _minibatch_gradients.minibatch_gradients(model, *data(), ONCE, mode="train")


# ── cosines of pairs ──────────────────────────────────────────────────────────────────────────


def check_cosines(module, name="ResNet", mode="eval", together=16):
    generator = stream(0, "p")
    draws = [torch.randperm(COUNT, generator=generator)[:5] for _ in range(10)]
    unit = functional.normalize(one_by_one(network(name).train(mode == "train"), draws), dim=1)

    found = module.gradient_cosines(
        network(name),
        *data(),
        generator=stream(0, "p"),
        pairs=5,
        batch=5,
        together=together,
        mode=mode,
    )

    torch.testing.assert_close(found, (unit[0::2] * unit[1::2]).sum(dim=1), rtol=1e-9, atol=1e-12)


@every_network
@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("together", [1, 3, 100])
def test_cosines_are_those_of_independent_pairs(name, mode, together):
    check_cosines(gradient_cosines, name, mode, together)


COSINE_FAULTS = {
    "a batch with itself": ("wide[0::2], wide[1::2]", "wide[0::2], wide[0::2]"),
    "pairs share a batch": (
        "torch.stack(draws)",
        "torch.stack([d for two in zip(draws, draws[1:]) for d in two][: 2 * pairs])",
    ),
    "sum of both lengths": ("(products[1] * products[2]).sqrt()", "products[1] + products[2]"),
    "one length": ("(products[1] * products[2]).sqrt()", "products[1]"),
    "one block a minibatch": ("total += (x * y)", "total[:] = (x * y)"),
    "drawn with replacement": (
        "torch.randperm(len(labels), ",
        "torch.randint(len(labels), (len(labels),), ",
    ),
    "mode forgotten": ("in_mode(model, images, mode)", 'in_mode(model, images, "eval")'),
}


@pytest.mark.parametrize("fault", COSINE_FAULTS.values(), ids=COSINE_FAULTS.keys())
def test_cosines_show_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_cosines(mutant(gradient_cosines, *fault), mode="train")


@settings(max_examples=20)
@given(st.floats(-120, 120))
def test_cosines_depend_on_no_scale_of_the_gradients(power):
    blocks = [torch.randn(4, 7, generator=stream(i, "g"), dtype=torch.float64) for i in range(2)]

    scaled = gradient_cosines._cosines([block * 10.0**power for block in blocks])

    torch.testing.assert_close(scaled, gradient_cosines._cosines(blocks))


def test_gradients_that_vanish_have_cosine_0_and_infinite_ones_none():
    blocks = [torch.tensor([[0.0], [1.0], [float("nan")], [1.0]])]

    assert gradient_cosines._cosines(blocks).isnan().tolist() == [False, True]
    assert gradient_cosines._cosines(blocks)[0] == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_network
def test_on_a_gpu_gradients_are_the_same(name):
    images, labels = (x.cuda() for x in data())

    found = _minibatch_gradients.minibatch_gradients(network(name).cuda(), images, labels, OFTEN)

    torch.testing.assert_close(found.cpu(), one_by_one(network(name).eval(), OFTEN))
