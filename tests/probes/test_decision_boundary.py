"""The picture of a network's decisions over a plane."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import MLP
from dltheory.probes import decision_boundary as decision_boundary_module
from dltheory.probes.decision_boundary import decision_boundary
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

LABELS = torch.zeros(5, dtype=torch.int64)


def network(inputs, classes=3, hidden=(20,)):
    with drawing_from(stream(1, "init")):
        return MLP(hidden=hidden).build((inputs,), classes).double()


def points(*shape):
    return torch.randn(5, *shape, generator=stream(2, "data"), dtype=torch.float64)


# ── two numbers ───────────────────────────────────────────────────────────────────────────────


def the_grid_says_what_the_network_does(probe):
    model, x = network(2), points(2)

    classes, leads, a, b = probe(model, x, LABELS, resolution=7, margin=0.25).numpy()

    for row, column in np.ndindex(7, 7):
        place = torch.tensor([[a[row, column], b[row, column]]])
        outputs = model(place).detach().numpy()[0]
        best, second = np.sort(outputs)[::-1][:2]
        assert classes[row, column] == outputs.argmax()
        np.testing.assert_allclose(leads[row, column], best - second, rtol=1e-9)
    low, high = x.numpy().min(axis=0), x.numpy().max(axis=0)
    np.testing.assert_allclose([a[0, 0], b[0, 0]], low - 0.25 * (high - low))
    np.testing.assert_allclose([a[-1, -1], b[-1, -1]], high + 0.25 * (high - low))
    np.testing.assert_allclose(a[2], a[0])
    np.testing.assert_allclose(np.diff(a[0]), (a[0, -1] - a[0, 0]) / 6)
    np.testing.assert_allclose(np.diff(b[:, 0]), (b[-1, 0] - b[0, 0]) / 6)


def test_the_grid_says_what_the_network_does_at_each_of_its_points():
    the_grid_says_what_the_network_does(decision_boundary)


def the_plane_goes_through_the_points(probe):
    """The grid without a margin has its corners' inputs on the three points' own box."""
    seen = []

    def record(x):
        seen.append(x.detach().clone())
        return model(x)

    model, x = network(8), points(2, 2, 2)
    classes, _, a, b = probe(Recording(record), x, LABELS, resolution=5, through=(4, 0, 3))
    inputs = torch.cat(seen[2:]).flatten(1)[:25].numpy()  # the first two check determinism

    corner, second, third = x.flatten(1)[[4, 0, 3]].numpy()
    coordinates = np.stack([a.numpy().ravel(), b.numpy().ravel()], axis=1)
    frame, *_ = np.linalg.lstsq(np.c_[np.ones(25), coordinates], inputs, rcond=None)
    np.testing.assert_allclose(np.c_[np.ones(25), coordinates] @ frame, inputs, atol=1e-12)
    origin, e_1, e_2 = frame
    np.testing.assert_allclose(origin, corner, atol=1e-12)
    np.testing.assert_allclose([e_1 @ e_1, e_2 @ e_2, e_1 @ e_2], [1, 1, 0], atol=1e-12)
    np.testing.assert_allclose((second - corner) @ e_1, np.linalg.norm(second - corner))
    assert (third - corner) @ e_2 > 0
    rest = (third - corner) - ((third - corner) @ e_1) * e_1 - ((third - corner) @ e_2) * e_2
    np.testing.assert_allclose(rest, 0, atol=1e-12)
    across = [(p - corner) @ e_1 for p in (corner, second, third)]
    width = max(across) - min(across)
    np.testing.assert_allclose(a.min(), min(across) - 0.1 * width)
    np.testing.assert_allclose(a.max(), max(across) + 0.1 * width)
    assert set(classes.unique().tolist()) <= {0, 1, 2}


class Recording(nn.Module):
    def __init__(self, run):
        super().__init__()
        self.run = run

    def forward(self, x):
        return self.run(x)


def test_the_plane_goes_through_three_points():
    the_plane_goes_through_the_points(decision_boundary)


def the_grid_is_right(probe):
    the_grid_says_what_the_network_does(probe)
    the_plane_goes_through_the_points(probe)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ('indexing="ij"', 'indexing="xy"'),
        ("argmax(dim=1)", "argmin(dim=1)"),
        ("high - low + 2 * room", "high - low + room"),
        ("origin + torch", "torch"),
        ("- (sides[1] @ e_1) * e_1", ""),
        ("sides[0] / sides[0].norm()", "sides[0]"),
        ("flat[list(through)]", "flat[:3]"),
        ("torch.stack([a, b], dim=-1)", "torch.stack([b, a], dim=-1)"),
    ],
    ids=[
        "transposed", "least class", "margin on one side", "origin", "not orthogonal",
        "not of length 1", "other points", "coordinates swapped",
    ],
)  # fmt: skip
def test_faults_in_the_grid_are_noticed(healthy, faulty):
    broken = mutant(decision_boundary_module, healthy, faulty).decision_boundary

    with pytest.raises(AssertionError):
        the_grid_is_right(broken)


def test_one_output_makes_two_classes():
    model, x = network(2, classes=1, hidden=()), points(2)

    classes, leads, a, b = decision_boundary(model, x, LABELS, resolution=9)

    f = model(torch.stack([a, b], dim=-1).view(-1, 2)).detach().view(9, 9)
    assert torch.equal(classes, (f > 0).double())
    torch.testing.assert_close(leads, f.abs())


@given(st.integers(2, 12), st.integers(1, 200))
def test_the_grid_has_the_resolution_asked_for_and_does_not_depend_on_the_batch(side, batch):
    model, x = network(8), points(8)

    found = decision_boundary(model, x, LABELS, resolution=side, batch=batch)

    assert found.shape == (4, side, side)
    torch.testing.assert_close(found, decision_boundary(model, x, LABELS, resolution=side))


def test_float32_inputs_are_given_to_the_network_as_such():
    found = decision_boundary(network(8).float(), points(8).float(), LABELS, resolution=4)

    expected = decision_boundary(network(8), points(8), LABELS, resolution=4)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


# ── refusals ──────────────────────────────────────────────────────────────────────────────────


def test_points_on_a_line_span_no_plane():
    x = torch.arange(5.0)[:, None] * torch.tensor([[1.0, 2.0, 3.0]])

    with pytest.raises(SpecError, match=r"points \(0, 1, 2\) do, to"):
        decision_boundary(nn.Identity(), x, LABELS)


def test_the_same_point_twice_spans_no_plane():
    with pytest.raises(SpecError, match=r"points \(1, 1, 2\) do"):
        decision_boundary(nn.Identity(), points(3), LABELS, through=(1, 1, 2))


def test_points_that_are_not_there_are_refused():
    with pytest.raises(SpecError, match=r"three of the 5 points.*got places \(0, 1, 5\)"):
        decision_boundary(nn.Identity(), points(3), LABELS, through=(0, 1, 5))


def test_a_box_without_width_is_refused():
    x = torch.stack([torch.arange(5.0), torch.ones(5)], dim=1)

    with pytest.raises(SpecError, match=r"got widths \[4.0, 0.0\]"):
        decision_boundary(nn.Identity(), x, LABELS)


@pytest.mark.parametrize(("resolution", "margin"), [(1, 0.1), (5, -0.5)])
def test_a_grid_without_points_or_room_is_refused(resolution, margin):
    with pytest.raises(SpecError, match=f"got {resolution} and {margin}"):
        decision_boundary(nn.Identity(), points(2), LABELS, resolution=resolution, margin=margin)
