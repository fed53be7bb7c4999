"""Cosines of independent pairs of minibatches, and what they do not depend on."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from dltheory.probes import gradient_cosines
from dltheory.randomness import stream
from tests.mutation import mutant
from tests.probes.small_networks import COUNT, NETWORKS, data, network, one_by_one

every_network = pytest.mark.parametrize("name", NETWORKS)


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
