"""Streams of random numbers, and the global generator that is left alone."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.models import MLP
from dltheory.randomness import drawing_from, stream

purposes = st.text(max_size=20)


def draws(seed, purpose, count=4):
    return torch.rand(count, generator=stream(seed, purpose)).tolist()


@given(st.integers(0, 2**40), purposes)
def test_a_seed_and_a_purpose_always_give_the_same_numbers(seed, purpose):
    assert draws(seed, purpose) == draws(seed, purpose)


@given(st.tuples(st.integers(0, 99), purposes), st.tuples(st.integers(0, 99), purposes))
def test_streams_differ_where_seed_or_purpose_differ(one, other):
    assert (draws(*one) == draws(*other)) == (one == other)


def test_the_numbers_of_a_stream_are_pinned():
    assert draws(0, "init") == pytest.approx([0.435351133, 0.754102468, 0.135033906, 0.206308067])


@pytest.mark.parametrize("purpose", ["init", "batches/0", "data"])
def test_asking_for_a_stream_leaves_the_global_generator_alone(purpose):
    before = torch.get_rng_state()

    draws(3, purpose)

    assert torch.equal(torch.get_rng_state(), before)


def test_global_draws_come_from_the_given_generator():
    with drawing_from(stream(5, "init")):
        drawn = torch.rand(4)

    assert drawn.tolist() == draws(5, "init")


def test_the_given_generator_moves_on():
    generator = stream(5, "init")

    with drawing_from(generator):
        torch.rand(4)

    assert torch.rand(4, generator=generator).tolist() == draws(5, "init", count=8)[4:]


def test_the_global_state_is_put_back():
    before = torch.get_rng_state()

    with drawing_from(stream(6, "leaving")):
        torch.rand(4)

    assert torch.equal(torch.get_rng_state(), before)


def test_the_global_state_is_put_back_after_an_exception():
    before = torch.get_rng_state()

    with pytest.raises(RuntimeError), drawing_from(stream(7, "failing")):
        torch.rand(4, requires_grad=True).add_(1)  # an error, after the draw

    assert torch.equal(torch.get_rng_state(), before)


def test_two_seeds_give_two_networks():
    networks = []
    for seed in (0, 1):
        with drawing_from(stream(seed, "init")):
            networks.append(MLP(hidden=(4,)).build((6,), 2))

    assert not torch.equal(networks[0][1].weight, networks[1][1].weight)
