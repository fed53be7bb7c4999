"""Gradients of many minibatches at once are those of plain differentiation, one by one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dltheory.errors import SpecError
from dltheory.probes import (
    _layer_factors,
    _minibatch_gradients,
    _plain_gradients,
)
from tests.mutation import mutant
from tests.probes.small_networks import (
    BATCHES,
    CLASSES,
    NETWORKS,
    OFTEN,
    ONCE,
    data,
    network,
    one_by_one,
)

CNN = "convolutional"

every_network = pytest.mark.parametrize("name", NETWORKS)


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
        ("ResNet", True, True),
        ("convolutional", True, True),
        ("wrapped around", False, True),
        ("other layers", False, True),
        ("tied", False, True),
        ("twice", False, True),
        ("unused", False, True),
        ("interacting", False, False),
    ],
)
def test_each_network_takes_the_fastest_way_that_is_right_for_it(name, factors, examples):
    model = network(name).eval()

    assert bool(_layer_factors.factorable(model, *data(), batch=8)) is factors
    assert _plain_gradients.separable(model, *data()) is examples


@pytest.mark.parametrize(("name", "large"), [("MLP", True), (CNN, False)])
def test_large_minibatches_are_left_to_plain_differentiation_where_there_are_convolutions(
    name, large
):
    model = network(name).eval()

    assert _layer_factors.factorable(model, *data(), batch=8)
    assert bool(_layer_factors.factorable(model, *data(), batch=2**20)) is large


def test_batch_statistics_are_not_taken_apart():
    model = network("ResNet").train()

    assert not _plain_gradients.separable(model, *data())
    assert not _layer_factors.factorable(model, *data(), batch=8)


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


@pytest.mark.parametrize("name", ["MLP", "other layers"])
@pytest.mark.parametrize("room", [0, 3, 4, 5, 6, 7, 9, 100])
def test_parts_are_multiples_of_what_is_held_together(name, room):
    unharmed = mutant(_minibatch_gradients, "2**22", "2**22")  # a copy, to be given less room

    check_parts(unharmed, name, min(room, 9))


@pytest.mark.parametrize("name", ["MLP", "other layers"])
def test_pairs_that_are_torn_apart_are_noticed(name):
    with pytest.raises(AssertionError):
        check_parts(mutant(_minibatch_gradients, " - at_most % of", ""), name, 4)


def with_room(images, name, *fault):
    """A copy of the module with room for the factors of this many images."""
    module = mutant(_minibatch_gradients, *(fault or ("2**22", "2**22")))
    module.FACTORS = images * _layer_factors.factorable(network(name).eval(), *data(), batch=8)
    return module


@pytest.mark.parametrize("name", ["MLP", CNN])
@pytest.mark.parametrize("room", [0, 7, 8, 16, 19, 20])
def test_room_for_the_factors_of_few_images_changes_no_gradient(name, room):
    check_gradients(with_room(room, name).minibatch_gradients, name, OFTEN, together=4)


def check_room(module, room):
    model, run = network(CNN), []
    model[0].register_forward_hook(lambda *call: run.append(len(call[-1])))
    module.minibatch_gradients(model, *data(), OFTEN, together=4)
    assert max(run) <= room


@pytest.mark.parametrize("room", [8, 16, 19, 20])
def test_no_more_images_are_run_than_there_is_room_for(room):
    check_room(with_room(room, CNN), room)


def test_too_many_images_are_noticed():
    fault = "split(room // batches.shape[1])", "split(together)"

    with pytest.raises(AssertionError):
        check_room(with_room(8, CNN, *fault), 8)


# ── planted faults ────────────────────────────────────────────────────────────────────────────


def check_layers(layers, name):
    model = network(name).eval()
    factors = layers.layer_factors(model, *data(), 6)

    found = torch.cat([b for f in factors for b in layers.layer_gradients(f, OFTEN)], dim=1)

    torch.testing.assert_close(found, one_by_one(model, OFTEN), rtol=1e-9, atol=1e-12)


LAYER_FAULTS = {
    "sum for mean": (" / rows.shape[1]\n", "\n", "MLP"),
    "mean of the bias": (".flatten(1), g.sum(dim=1)]", ".flatten(1), g.mean(dim=1)]", "MLP"),
    "bias left out": ("return blocks if", "return [blocks[0], 0 * blocks[1]] if", "MLP"),
    "weight transposed": ("torch.bmm(g.mT, a)", "torch.bmm(a.mT, g)", "MLP"),
    "all examples": ("rows.flatten())  #", "rows.flatten() * 0)  #", "MLP"),
    "mean of each pass": ('reduction="sum"', 'reduction="mean"', "MLP"),
    "minibatches exchanged": ("weight.view(m, -1)", "weight.view(m, -1).flip(0)", CNN),
    "mean of a kernel's bias": ("-1), g.sum(dim", "-1), g.mean(dim", CNN),
    "mean of a scale": ("(g * centred).sum", "(g * centred).mean", CNN),
    "not centred": ("a - layer.running_mean[:, None, None]", "a", CNN),
    "a variance for a deviation": (".rsqrt()", ".reciprocal()", CNN),
    "mean of a shift": ("scale, g.sum(dim", "scale, g.mean(dim", CNN),
}


@pytest.mark.parametrize("name", ["MLP", CNN])
def test_layers_give_the_gradients_of_a_network(name):
    check_layers(_layer_factors, name)


@pytest.mark.parametrize("fault", LAYER_FAULTS.values(), ids=LAYER_FAULTS.keys())
def test_layers_show_planted_faults(fault):
    healthy, faulty, name = fault

    with pytest.raises(AssertionError):
        check_layers(mutant(_layer_factors, healthy, faulty), name)


FAULTS = {
    "sum for mean": ("1 / batches.shape[1]", "1.0", "other layers", OFTEN),
    "repeats counted once": ("shares.scatter_add_(", "shares.scatter_(", "other layers", OFTEN % 5),
    "interaction ignored": ("and separable(model, images, labels)", "", "interacting", OFTEN),
    "trial of factors skipped": (
        "numbers = factorable(model, images, labels, batches.shape[1])",
        "numbers = 100",
        "tied",
        OFTEN,
    ),
    "parts confused": ("rows[part])]", "rows[part].flip(0))]", "MLP", OFTEN),
    "some left out": (
        "shares[:, some], gradients",
        "shares[:, some] / 2, gradients",
        "other layers",
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


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_network
def test_on_a_gpu_gradients_are_the_same(name):
    images, labels = (x.cuda() for x in data())

    found = _minibatch_gradients.minibatch_gradients(network(name).cuda(), images, labels, OFTEN)

    torch.testing.assert_close(found.cpu(), one_by_one(network(name).eval(), OFTEN))
