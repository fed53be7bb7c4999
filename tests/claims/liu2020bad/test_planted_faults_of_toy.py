"""Faults planted in the toy example of liu2020bad: in its measurements and in what makes them."""

import numpy as np
import pytest

from claims.liu2020bad import plane_networks, toy
from claims.liu2020bad.plane_margins import margins_by_bisection, margins_by_grid
from claims.liu2020bad.test_toy import (
    test_augmentation_and_decay_alone_bring_the_margin_back as as_printed,
)
from claims.liu2020bad.test_toy import test_the_toy_margins_go_down_and_come_back as toy_claim
from tests.claims.planted import verdict
from tests.mutation import mutant

ARM = "two clouds"


def spoilt(what, setting, change):
    return {(f"{what}, {setting}", ARM): change}


@pytest.mark.parametrize(
    "change",
    [
        spoilt("smallest margin", "setting 2", lambda margins: margins * 0 + 1),
        spoilt("smallest margin", "setting 3", lambda margins: margins * 10),
        spoilt("smallest margin", "setting 4", lambda margins: margins / 10),
        spoilt("smallest margin", "setting 1", lambda margins: margins / 3),
        spoilt("smallest margin", "another start", lambda margins: margins / 3),
        spoilt("train accuracy", "setting 3", lambda shares: shares - 0.01),
        spoilt("share found by bisection", "setting 1", lambda shares: shares / 2),
    ],
)
def test_margins_that_do_not_go_down_and_come_back_are_not_confirmed(change):
    assert verdict(toy_claim, "fast") == "CONFIRMED"
    assert verdict(toy_claim, "fast", change=change) != "CONFIRMED"


@pytest.mark.parametrize(
    "change",
    [
        spoilt("smallest margin", "setting 4 as printed", lambda margins: margins / 5),
        spoilt("smallest margin", "setting 3", lambda margins: margins * 10),
        spoilt("train accuracy", "setting 4 as printed", lambda shares: shares - 0.01),
    ],
)
def test_a_margin_that_does_not_come_back_without_momentum_is_not_confirmed(change):
    assert verdict(as_printed, "fast") == "CONFIRMED"
    assert verdict(as_printed, "fast", change=change) != "CONFIRMED"


def go_down_and_come_back(module):
    found = module.four_settings(10_003, None)
    one, two, three, four = (found[f"smallest margin, setting {k}"] for k in (1, 2, 3, 4))
    assert one > 0.5
    assert two < one / 1.25
    assert three < min(one, four, found["smallest margin, setting 4 as printed"]) / 1.25
    assert found["train accuracy, setting 2"] == 1


def test_the_margins_of_one_world_go_down_and_come_back():
    go_down_and_come_back(toy)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("start, points, random_labels, rate=0.05", "start, points, labels, rate=0.05"),
        ('"setting 3": sgd(bad, ', '"setting 3": sgd(start, '),
        ("sgd(bad, np.concatenate(noisy), np.tile(labels, 3), draws, **regularised)", "bad"),
        ("float(margins.min()) / largest", "float(margins.min()) * largest"),
        ("draws, **without_momentum", "draws, rate=0.01, epochs=1"),
    ],
)
def test_a_planted_fault_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        go_down_and_come_back(mutant(toy, healthy, faulty))


def deciding_by_x():
    """A net whose logit is x, of any y."""
    parameters = np.zeros(plane_networks.ENDS[-1])
    a1, _, a2, _, a3, _ = plane_networks.layers(parameters)
    a1[0, :2], a2[:2, :2], a3[:2, 0] = [1, -1], np.eye(2), [1, -1]
    return parameters


def test_the_distance_to_a_straight_boundary_is_the_distance():
    parameters, points = deciding_by_x(), np.array([[0.5, 0.3], [-0.2, 1.0]])

    assert plane_networks.logits(parameters, points).tolist() == [0.5, -0.2]
    np.testing.assert_allclose(margins_by_grid(parameters, points), [0.5, 0.2], atol=0.01)
    np.testing.assert_allclose(margins_by_bisection(parameters, points), [0.5, 0.2], atol=1e-9)


def test_the_gradients_are_those_of_finite_differences():
    draws = np.random.default_rng(0)
    points, labels = draws.standard_normal((6, 2)), np.array([0.0, 1, 1, 0, 1, 0])
    parameters = plane_networks.begun(draws).astype(float) * 3
    gradient = np.empty_like(parameters)

    def loss(changed):
        logits = plane_networks.logits(changed, points)
        return np.mean(np.logaddexp(0, logits) - labels * logits)

    plane_networks.gradient_into(
        plane_networks.layers(gradient), plane_networks.layers(parameters), points, labels
    )
    for index in draws.choice(len(parameters), 300, replace=False):
        step = np.zeros_like(parameters)
        step[index] = 1e-6
        difference = (loss(parameters + step) - loss(parameters - step)) / 2e-6
        assert gradient[index] == pytest.approx(difference, abs=1e-6)
