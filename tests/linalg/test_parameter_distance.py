"""Distances between networks against numpy, their algebra, and planted faults."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.linalg import parameter_distance
from dltheory.linalg.parameter_distance import (
    layer_distances,
    parameter_distances,
    unit_filter_distance,
)
from dltheory.randomness import stream
from tests.mutation import mutant

SHAPES = {"conv": (4, 3, 2, 2), "linear": (2, 5), "bias": (2,)}
seeds = st.integers(0, 1000)
scales = st.floats(1e-3, 1e3)


def tensors(seed, shapes=SHAPES, axes=()):
    generator = stream(seed, "tensors")
    return {
        name: torch.randn(*axes, *shape, generator=generator, dtype=torch.float64)
        for name, shape in shapes.items()
    }


def weights(seed, axes=()):
    return tensors(seed, {"conv": (4, 3, 2, 2), "linear": (2, 5)}, axes)


def vector(named):
    return np.concatenate([tensor.numpy().ravel() for tensor in named.values()])


def by_numpy(first, second):
    w1, w2 = vector(first), vector(second)
    gap, one, other = np.linalg.norm(w1 - w2), np.linalg.norm(w1), np.linalg.norm(w2)
    return [gap, gap / one, gap / other, w1 @ w2 / (one * other)]


def distances_are_those_of_numpy(module):
    found = module.parameter_distances(tensors(0), tensors(1))
    np.testing.assert_allclose(found, by_numpy(tensors(0), tensors(1)), rtol=1e-13)

    found = module.layer_distances(tensors(0), tensors(1))
    layers = [by_numpy({n: tensors(0)[n]}, {n: tensors(1)[n]}) for n in SHAPES]
    np.testing.assert_allclose(torch.stack(tuple(found)).T, layers, rtol=1e-13)


def filter_distance_is_that_of_numpy(module):
    squares = []
    for one, other in zip(weights(0).values(), weights(1).values(), strict=True):
        for f, g in zip(one.flatten(1).numpy(), other.flatten(1).numpy(), strict=True):
            cosine = f @ g / (np.linalg.norm(f) * np.linalg.norm(g))
            squares.append(2 - 2 * cosine)
    found = module.unit_filter_distance(weights(0), weights(1))
    np.testing.assert_allclose(found, math.sqrt(np.mean(squares)), rtol=1e-12)


def test_distances_are_those_of_numpy():
    distances_are_those_of_numpy(parameter_distance)


def test_the_distance_of_unit_filters_is_that_of_numpy():
    filter_distance_is_that_of_numpy(parameter_distance)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("absolute / first.sqrt()", "absolute / second.sqrt()"),
        ("absolute / second.sqrt()", "absolute / first.sqrt()"),
        ("absolute = difference.sqrt()", "absolute = difference"),
        ("(b - a).square()", "(b + a).square()"),
        ("product / (first.sqrt() * second.sqrt())", "product / (first * second)"),
        ("part.sum(dim=-1)", "part.mean(dim=-1)"),
    ],
    ids=["first", "second", "root", "sign", "cosine", "mean of layers"],
)
def test_faults_in_distances_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        distances_are_those_of_numpy(mutant(parameter_distance, healthy, faulty))


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("weight.flatten(seed_axes + 1)", "weight.flatten(seed_axes + 1).mT"),
        ("weight.flatten(seed_axes + 1)", "weight.flatten()[None]"),
        ("filters += one.shape[seed_axes]", "filters += 1"),
        ("(total / filters).sqrt()", "total.sqrt() / filters"),
        ("rows / torch.where(lengths > 0, lengths, 1)", "rows"),
    ],
    ids=["columns", "whole layers", "layers counted", "mean of the root", "lengths kept"],
)
def test_faults_in_the_distance_of_unit_filters_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        filter_distance_is_that_of_numpy(mutant(parameter_distance, healthy, faulty))


# ── algebra ───────────────────────────────────────────────────────────────────────────────────


@given(seeds, seeds, seeds)
def test_the_distance_obeys_the_triangle_inequality(a, b, c):
    a, b, c = tensors(a), tensors(b), tensors(c)

    detour = parameter_distances(a, b).absolute + parameter_distances(b, c).absolute

    assert float(parameter_distances(a, c).absolute) <= float(detour) * (1 + 1e-12)


@given(seeds, seeds, scales)
def test_scale_free_distances_do_not_change_when_both_are_scaled_alike(a, b, factor):
    a, b = tensors(a), tensors(b)
    scaled = [{n: factor * v for n, v in t.items()} for t in (a, b)]

    found, before = parameter_distances(*scaled), parameter_distances(a, b)

    torch.testing.assert_close(found[1:], before[1:], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found.absolute, factor * before.absolute, rtol=1e-12, atol=1e-12)


@given(seeds, seeds, scales)
def test_the_cosine_does_not_change_when_one_is_scaled(a, b, factor):
    a, b = tensors(a), tensors(b)

    found = parameter_distances({n: factor * v for n, v in a.items()}, b).cosine

    torch.testing.assert_close(found, parameter_distances(a, b).cosine, rtol=1e-12, atol=1e-12)


@given(seeds, seeds, st.lists(scales, min_size=4, max_size=4))
def test_the_length_of_a_filter_does_not_matter_to_unit_filters_and_does_to_the_rest(a, b, factors):
    a, b = weights(a), weights(b)
    c = torch.tensor(factors, dtype=torch.float64)
    scaled = {**a, "conv": a["conv"] * c[:, None, None, None]}

    torch.testing.assert_close(
        unit_filter_distance(scaled, b), unit_filter_distance(a, b), rtol=1e-11, atol=1e-11
    )


def test_the_length_of_filters_matters_to_the_other_distances():
    scaled = {**weights(0), "conv": 3 * weights(0)["conv"]}

    gaps = [
        abs(float(one - other)) / abs(float(other))
        for one, other in zip(
            parameter_distances(scaled, weights(1)),
            parameter_distances(weights(0), weights(1)),
            strict=True,
        )
    ]

    assert min(gaps) > 0.01


@given(seeds, seeds)
def test_the_paper_s_distance_lies_in_the_range_that_the_norms_allow(a, b):
    a, b = tensors(a), {n: v + tensors(a)[n] for n, v in tensors(b).items()}
    ratio = np.linalg.norm(vector(a)) / np.linalg.norm(vector(b))

    found = float(parameter_distances(a, b).over_second)

    assert abs(ratio - 1) - 1e-12 <= found <= ratio + 1 + 1e-12


def test_a_collapse_of_the_norm_alone_makes_the_paper_s_distance_large():
    start, end = tensors(0), {n: v / 30 for n, v in tensors(0).items()}

    found = parameter_distances(start, end)

    assert float(found.over_second) == pytest.approx(29)
    assert float(found.over_first) == pytest.approx(29 / 30)
    assert float(found.cosine) == pytest.approx(1)
    assert float(unit_filter_distance(weights(0), {n: end[n] for n in weights(0)})) < 1e-7


@pytest.mark.parametrize(("factor", "distance"), [(1, 0), (-1, 2)])
def test_unit_filters_are_between_0_and_2_apart(factor, distance):
    turned = {name: factor * value for name, value in weights(0).items()}

    assert float(unit_filter_distance(weights(0), turned)) == pytest.approx(distance)


def test_orthogonal_filters_are_the_root_of_2_apart():
    one, other = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 0.1]])

    assert float(unit_filter_distance([one], [other])) == pytest.approx(math.sqrt(2))


def test_a_zero_filter_stays_zero():
    one, zero = torch.tensor([[3.0, 0.0], [0.0, 2.0]]), torch.zeros(2, 2)

    assert float(unit_filter_distance([one], [zero])) == pytest.approx(1)
    assert float(unit_filter_distance([zero], [zero])) == 0


# ── seeds, and what is refused ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("axes", [(3,), (2, 3)])
def test_stacked_networks_are_compared_seed_by_seed(axes):
    one, other = weights(0, axes), weights(1, axes)

    together = [
        *parameter_distances(one, other, seed_axes=len(axes)),
        *layer_distances(one, other, seed_axes=len(axes)),
        unit_filter_distance(one, other, seed_axes=len(axes)),
    ]

    for place in np.ndindex(*axes):
        a, b = ({n: v[place] for n, v in t.items()} for t in (one, other))
        alone = [*parameter_distances(a, b), *layer_distances(a, b), unit_filter_distance(a, b)]
        torch.testing.assert_close([t[place] for t in together], alone, rtol=1e-12, atol=0)


def test_one_number_a_network_counts_as_a_tensor():
    stacked = [torch.ones(3, 2), torch.ones(3)]

    found = parameter_distances(stacked, [0 * stacked[0], 2 * stacked[1]], seed_axes=1)

    torch.testing.assert_close(found.absolute, torch.full((3,), 3.0).double().sqrt())


def test_lists_are_compared_by_place_and_dictionaries_by_name():
    turned = dict(reversed(tensors(1).items()))

    by_name = parameter_distances(tensors(0), turned)

    by_place = parameter_distances(list(tensors(0).values()), list(tensors(1).values()))
    torch.testing.assert_close(by_name, by_place)


def test_float32_is_compared_in_float64():
    one, other = [torch.tensor([1.0])], [torch.tensor([1.0 + 2**-20])]

    assert float(parameter_distances(one, other).absolute) == 2**-20


def test_networks_of_other_shapes_are_refused():
    other = {**tensors(1), "linear": torch.zeros(3, 5)}

    with pytest.raises(SpecError, match=r"3 and 3 tensors, linear: \(2, 5\) and \(3, 5\)"):
        parameter_distances(tensors(0), other)


def test_networks_of_other_depths_are_refused():
    with pytest.raises(SpecError, match=r"3 and 2 tensors, bias: \(2,\) and None"):
        layer_distances(tensors(0), weights(1))


def test_nothing_at_all_is_refused():
    with pytest.raises(SpecError, match="0 and 0 tensors"):
        parameter_distances([], [])


def test_filters_of_a_bias_are_refused():
    with pytest.raises(SpecError, match=r"at least 2 axes besides 0 of seeds; got shape \(2,\)"):
        unit_filter_distance(tensors(0), tensors(1))


def test_more_seed_axes_than_axes_are_refused():
    with pytest.raises(SpecError, match=r"over 2 axes of seeds .* got shape \(2,\)"):
        parameter_distances(tensors(0), tensors(1), seed_axes=2)
