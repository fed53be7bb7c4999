"""Margins in output and in input space."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import MLP
from dltheory.probes import _margins
from dltheory.probes import input_margins as input_margins_module
from dltheory.probes import output_margins as output_margins_module
from dltheory.probes._margins import first_crossing, nearest_boundary
from dltheory.probes.accuracy import accuracy
from dltheory.probes.input_margins import input_margins, nearest_crossing
from dltheory.probes.linearised_input_margins import linearised_input_margins
from dltheory.probes.norm_product import norm_product
from dltheory.probes.output_margins import output_margins
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

ITSELF = nn.Identity()


def points(count=30, size=2, seed=2):
    generator = stream(seed, "data")
    x = torch.randn(count, size, generator=generator, dtype=torch.float64)
    return x, torch.randint(3, (count,), generator=generator)


def network(model=None, size=2, classes=3):
    with drawing_from(stream(1, "init")):
        return (model or MLP(hidden=(20,))).build((size,), classes).double()


def linear(size=5, classes=3):
    return network(MLP(hidden=()), size, classes)


# ── outputs ───────────────────────────────────────────────────────────────────────────────────


def output_margins_are_those_by_hand(module):
    outputs = torch.tensor([[5.0, 3, 1], [5, 3, 1], [5, 3, 1], [-1, -1, -1]])
    labels = torch.tensor([0, 1, 2, 1])
    found = module.output_margins(ITSELF, outputs, labels, batch=3)
    np.testing.assert_allclose(found, [2, -2, -4, 0])

    one_output = torch.tensor([[2.0], [2.0], [-3.0]])
    found = module.output_margins(ITSELF, one_output, torch.tensor([1, 0, 0]))
    np.testing.assert_allclose(found, [2, -2, 3])

    x, y = points(size=5)
    model = linear()
    found = module.output_margins(model, x, y, normalised=True, p=1, unit=10)
    product = norm_product(model, x, y, p=1, unit=10)
    np.testing.assert_allclose(found * product, module.output_margins(model, x, y), rtol=1e-12)


def test_output_margins_are_those_by_hand():
    output_margins_are_those_by_hand(output_margins_module)


@pytest.mark.parametrize(
    ("module", "healthy", "faulty"),
    [
        (_margins, "outputs.scatter(1, own, -torch.inf)", "outputs"),
        (_margins, "others.amax(dim=1)", "others.amin(dim=1)"),
        (_margins, "outputs.gather(1, own)[:, 0]", "outputs.amax(dim=1)"),
        (_margins, "- others.amax(dim=1)", "- outputs.scatter(1, own, 0).amax(dim=1)"),
        (_margins, "[torch.zeros_like(outputs), outputs]", "[outputs, torch.zeros_like(outputs)]"),
        (output_margins_module, "new_tensor(log)", "new_tensor(-log)"),
        (output_margins_module, " p=p, first_bias", " first_bias"),
    ],
    ids=[
        "the label itself among the others", "worst of the others", "best for the label",
        "label at 0", "classes of one output swapped", "times the product", "p forgotten",
    ],
)  # fmt: skip
def test_faults_in_output_margins_are_noticed(module, healthy, faulty, monkeypatch):
    broken = mutant(module, healthy, faulty)
    if module is _margins:
        monkeypatch.setattr(output_margins_module, "lead", broken.lead)
        monkeypatch.setattr(output_margins_module, "class_outputs", broken.class_outputs)
        broken = output_margins_module

    with pytest.raises(AssertionError):
        output_margins_are_those_by_hand(broken)


def test_a_positive_margin_is_a_correct_classification():
    x, y = points(200)

    margins = output_margins(network(), x, y)

    assert float((margins > 0).double().mean()) == accuracy(network(), x, y)


@given(st.floats(-100, 100), st.floats(0.01, 100))
def test_output_margins_do_not_change_with_a_shift_and_scale_with_the_outputs(shift, factor):
    outputs, labels = points(size=3)

    found = output_margins(ITSELF, factor * outputs + shift, labels)

    expected = factor * output_margins(ITSELF, outputs, labels)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-11)


@given(st.floats(0.01, 100))
def test_normalised_margins_do_not_change_with_the_scale_of_the_last_weights(factor):
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3, bias=False)).double()
    before = output_margins(model, *points(), normalised=True)

    model[2].weight.data *= factor

    found = output_margins(model, *points(), normalised=True)
    torch.testing.assert_close(found, before, rtol=1e-10, atol=1e-12)


# ── inputs: linear models ─────────────────────────────────────────────────────────────────────


def closed_form(model, x, y):
    """±min_j (f_k − f_j)/‖w_k − w_j‖ with the predicted class k, in numpy."""
    w, b = (p.detach().numpy() for p in model[-1].parameters())
    distances = []
    for point, label in zip(x.flatten(1).numpy(), y, strict=True):
        f = w @ point + b
        k = f.argmax()
        others = [(f[k] - f[j]) / np.linalg.norm(w[k] - w[j]) for j in range(len(f)) if j != k]
        distances.append(min(others) if k == label else -min(others))
    return distances


def margins_of_a_linear_model_are_exact(bisected, linearised):
    x, y = points(size=5)
    expected = closed_form(linear(), x, y)

    np.testing.assert_allclose(linearised(linear(), x, y), expected, rtol=1e-10)
    found = bisected(linear(), x, y)
    np.testing.assert_allclose(found, expected, rtol=2**-29)


def test_margins_of_a_linear_model_are_exact():
    margins_of_a_linear_model_are_exact(input_margins, linearised_input_margins)


def test_margins_of_one_logit_are_distances_to_its_zero():
    model = linear(classes=1)
    x, _ = points(size=5)
    f, length = model(x)[:, 0].detach(), float(model[-1].weight.detach().norm())

    for labels, sign in ((torch.ones(30).long(), 1), (torch.zeros(30).long(), -1)):
        found = input_margins(model, x, labels)
        np.testing.assert_allclose(found, sign * f / length, rtol=1e-8)


@settings(max_examples=25)
@given(st.floats(0.01, 100), st.floats(-10, 10))
def test_input_margins_do_not_change_with_scale_and_shift_of_the_outputs(factor, shift):
    model = network()
    before = input_margins(model, *points())

    with torch.no_grad():
        model[-1].weight *= factor
        model[-1].bias.mul_(factor).add_(shift)

    found = input_margins(model, *points())
    torch.testing.assert_close(found, before, rtol=1e-6, atol=1e-7)


@settings(max_examples=25)
@given(st.floats(0.1, 10))
def test_input_margins_have_the_unit_of_the_inputs(factor):
    model = network()
    x, y = points()
    before = input_margins(model, x, y, radius=10)

    model[1].weight.data /= factor

    found = input_margins(model, factor * x, y, radius=factor * 10)
    torch.testing.assert_close(found, factor * before, rtol=1e-6, atol=1e-7)


# ── inputs: a curved boundary in the plane ────────────────────────────────────────────────────


def predicted(model, x):
    with torch.no_grad():
        return model(x).argmax(dim=1)


def scanned(model, x, *, reach=3.0, steps=3001):
    """Where the prediction first changes on the way, by looking everywhere on it."""
    _, _, way = nearest_boundary(model, x)
    lengths = torch.linspace(0, reach, steps, dtype=torch.float64)
    rays = (x[:, None] + lengths[None, :, None] * way[:, None]).flatten(0, 1)
    changed = predicted(model, rays).view(len(x), steps) != predicted(model, x)[:, None]
    first = changed.double().argmax(dim=1)
    return torch.where(changed.any(dim=1), lengths[first], math.inf), float(lengths[1])


def margins_are_where_the_prediction_first_changes(bisected):
    model, (x, _) = network(MLP(hidden=(20, 20))), points(100)
    expected, step = scanned(model, x)

    found = bisected(model, x, predicted(model, x), radius=3.0, rounds=1)

    gap = expected - found
    seen = expected.isfinite()
    assert int(seen.sum()) > 30
    assert torch.equal(found.isfinite(), seen)
    assert float(gap[seen].min()) > -1e-8
    assert float(gap[seen].max()) <= step


def test_margins_are_where_the_prediction_first_changes_on_the_way():
    margins_are_where_the_prediction_first_changes(input_margins)


def test_margins_are_upper_bounds_on_the_distance_to_the_boundary():
    model, (x, _) = network(MLP(hidden=(20, 20))), points(100)
    side = torch.linspace(-6, 6, 601, dtype=torch.float64)
    grid = torch.cartesian_prod(side, side)
    elsewhere = predicted(model, grid)[None] != predicted(model, x)[:, None]
    distances = torch.where(elsewhere, torch.cdist(x, grid), math.inf).amin(dim=1)

    found = input_margins(model, x, predicted(model, x), radius=3.0)

    cell = float(side[1] - side[0]) * math.sqrt(2)
    assert float((found - (distances - cell)).min()) >= 0
    assert float((found < distances + cell).double().mean()) > 0.3


def the_prediction_changes_at_the_margin(bisected):
    model, (x, y) = network(MLP(hidden=(20, 20))), points(100)

    found = bisected(model, x, y, radius=3.0).abs()

    _, distance, way = nearest_crossing(model, x, 3.0, 30, 3)
    crossing = found.isfinite()
    np.testing.assert_allclose(found, distance)
    there = x[crossing] + found[crossing, None] * way[crossing]
    just_before = x[crossing] + (found[crossing, None] * (1 - 2**-25)) * way[crossing]
    assert bool((predicted(model, there) != predicted(model, x[crossing])).all())
    assert bool((predicted(model, just_before) == predicted(model, x[crossing])).all())


def test_the_prediction_changes_at_the_margin():
    the_prediction_changes_at_the_margin(input_margins)


class Ellipse(nn.Module):
    """x²/4 + y² < 1 is class 1."""

    def forward(self, x):
        return 1 - x[:, :1] ** 2 / 4 - x[:, 1:] ** 2


def margins_come_down_to_the_distance(module):
    angles = torch.linspace(0, 2 * math.pi, 20_001, dtype=torch.float64)
    boundary = torch.stack([2 * angles.cos(), angles.sin()], dim=1)
    some = boundary[200::500]  # none on an axis, where a normal may lead to a larger distance
    x = torch.cat([0.99 * some, 0.6 * some, 1.01 * some, 2 * some])
    distances, labels = torch.cdist(x, boundary).amin(dim=1), torch.ones(len(x)).long()

    rounds = {r: module.input_margins(Ellipse(), x, labels, rounds=r).abs() for r in (1, 3, 20)}

    np.testing.assert_allclose(rounds[20], distances, rtol=1e-3)
    assert bool((rounds[1] >= rounds[3]).all() & (rounds[3] >= rounds[20]).all())
    assert float((rounds[1] / distances).max()) > 1.2


def test_margins_come_down_to_the_distance_from_a_curved_boundary_over_rounds():
    margins_come_down_to_the_distance(input_margins_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("normal, -normal)  # outwards", "-normal, normal)"),
        ("closer = length < distance", "closer = 0 < length + distance"),
        ("way = torch.where(closer.view(axes), turned, way)", "pass"),
        ("range(rounds - 1)", "range(1)"),
    ],
    ids=["inwards", "farther ones too", "the way of the first round", "one round more"],
)
def test_faults_in_the_rounds_are_noticed(healthy, faulty):
    broken = mutant(input_margins_module, healthy, faulty)

    with pytest.raises(AssertionError):
        margins_come_down_to_the_distance(broken)


def test_a_way_that_misses_the_boundary_may_be_mended_in_the_next_round():
    x = torch.tensor([[2.5, 1.2]], dtype=torch.float64)
    zeros = torch.zeros(1).long()
    assert bool(input_margins(Ellipse(), x, zeros, rounds=1).isinf())

    assert bool(input_margins(Ellipse(), x, zeros, rounds=2).isfinite())


def test_examples_on_the_wrong_side_have_negative_margins():
    x, y = points(200)
    right = predicted(network(), x) == y

    assert torch.equal(input_margins(network(), x, y) > 0, right)
    assert torch.equal(linearised_input_margins(network(), x, y) > 0, right)


def margins_are_right(bisected, linearised):
    margins_of_a_linear_model_are_exact(bisected, linearised)
    margins_are_where_the_prediction_first_changes(bisected)
    the_prediction_changes_at_the_margin(bisected)


FAULTS = {
    "bisection on the wrong side": (
        "torch.where(still, middle, low), torch.where(still, high, middle)",
        "torch.where(still, low, middle), torch.where(still, middle, high)",
    ),
    "inner end returned": ("return torch.where(outside, high,", "return torch.where(outside, low,"),
    "up the gradient": ("-steepness[rows, nearest]", "steepness[rows, nearest]"),
    "way not of length 1": (
        "torch.nn.functional.normalize(-steepness[rows, nearest], dim=1, eps=0)",
        "-steepness[rows, nearest]",
    ),
    "gradient of the class alone": (
        "slopes[rows, predicted, None] - slopes", "slopes[rows, predicted, None] + 0 * slopes",
    ),
    "nearest in output space": (
        "nearest = distances.argmin", "nearest = (gaps / (gaps > 0)).argmin",
    ),
    "the class itself nearest": ("distances[rows, predicted] = torch.inf", "pass"),
    "squared length": ("gaps / lengths)", "gaps / lengths.square())"),
}  # fmt: skip


@pytest.mark.parametrize(("healthy", "faulty"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_in_input_margins_are_noticed(healthy, faulty, monkeypatch):
    broken = mutant(_margins, healthy, faulty)
    monkeypatch.setattr(input_margins_module, "nearest_boundary", broken.nearest_boundary)
    monkeypatch.setattr(input_margins_module, "first_crossing", broken.first_crossing)

    def linearised(model, x, y):
        predicted, distance, _ = broken.nearest_boundary(model, x)
        return torch.where(predicted == y, distance, -distance)

    with pytest.raises(AssertionError):
        margins_are_right(input_margins, linearised)


# ── the ends ──────────────────────────────────────────────────────────────────────────────────


def test_no_crossing_up_to_the_radius_is_infinity():
    x, y = points(size=5)
    distances = torch.tensor(closed_form(linear(), x, y), dtype=torch.float64)
    radius = float(distances.abs().median())

    found = input_margins(linear(), x, y, radius=radius)

    assert torch.equal(found.isinf(), distances.abs() > radius)
    assert torch.equal(found.sign(), distances.sign())


def test_a_constant_network_has_no_boundary():
    model = linear()
    nn.init.zeros_(model[-1].weight)
    x, y = points(size=5)

    assert bool(input_margins(model, x, y).isinf().all())
    assert bool(linearised_input_margins(model, x, y).isinf().all())


def test_a_point_on_the_boundary_has_margin_zero():
    x = torch.tensor([[1.0, 1.0]], dtype=torch.float64)

    assert input_margins(ITSELF, x, torch.tensor([0])).tolist() == [0]
    assert linearised_input_margins(ITSELF, x, torch.tensor([0])).tolist() == [0]


def test_an_output_that_is_not_a_number_has_no_margin():
    x = torch.tensor([[1.0, math.nan], [1.0, 0.0]], dtype=torch.float64)
    labels = torch.zeros(2).long()

    assert input_margins(ITSELF, x, labels).isnan().tolist() == [True, False]
    assert output_margins(ITSELF, x, labels).isnan().tolist() == [True, False]


def test_a_crossing_is_found_by_doubling_and_halving():
    ends = torch.tensor([0.01, 1.0, 7.3, 99.0], dtype=torch.float64)

    found = first_crossing(
        lambda length: length < ends, torch.ones(4).double(), radius=50.0, halvings=40
    )

    torch.testing.assert_close(found[:3], ends[:3], rtol=1e-11, atol=1e-12)
    assert float(found[3]) == math.inf


def test_float32_margins_are_those_of_float64_to_its_precision():
    x, y = points(size=5)

    found = input_margins(linear().float(), x.float(), y)

    assert found.dtype == torch.float64
    torch.testing.assert_close(found, input_margins(linear(), x, y), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("radius", "rounds", "halvings"),
    [(0.0, 1, 3), (-1.0, 1, 3), (math.inf, 1, 3), (5.0, 0, 3), (5.0, 1, 0)],
)
def test_a_search_that_goes_nowhere_is_refused(radius, rounds, halvings):
    options = {"radius": radius, "rounds": rounds, "halvings": halvings}

    with pytest.raises(SpecError, match=f"{radius:g}, {rounds} rounds and {halvings} halvings"):
        input_margins(linear(), *points(size=5), **options)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_margins_on_a_gpu_are_those_on_the_cpu():
    x, y = points(100)
    expected = input_margins(network(), x, y)

    found = input_margins(network().cuda(), x.cuda(), y.cuda())

    torch.testing.assert_close(found.cpu(), expected, rtol=1e-7, atol=1e-9)
