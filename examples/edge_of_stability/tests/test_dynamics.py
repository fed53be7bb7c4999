"""The sharpness by power iteration, against the dense Hessian."""

from pathlib import Path

import pytest
import torch
from claims.cohen2021edge.dynamics import descend, hessian_times, problem, top_eigenvalue

from dltheory import Context

SMALL = {"points": 30, "hidden": (5,), "redrawn": 0.0}


@pytest.fixture
def context(tmp_path):
    return Context(data_root=Path(), cache=tmp_path)


@pytest.fixture(params=["squared", "cross-entropy"])
def small(request, context):
    objective, weights = problem(0, context, loss=request.param, **SMALL)
    return objective, weights, torch.func.hessian(objective)(weights)


def test_products_are_those_of_the_dense_hessian(small):
    objective, weights, dense = small
    direction = torch.randn(len(weights), generator=torch.Generator().manual_seed(1))

    torch.testing.assert_close(
        hessian_times(objective, weights, direction), dense @ direction, rtol=1e-4, atol=1e-5
    )


def test_the_top_eigenvalue_is_that_of_the_dense_hessian(small):
    objective, weights, dense = small
    start = torch.ones(len(weights)) / len(weights) ** 0.5

    value, _ = top_eigenvalue(objective, weights, start, products=300)

    assert value == pytest.approx(float(torch.linalg.eigvalsh(dense)[-1]), rel=1e-3)


def test_a_step_of_two_over_the_curvature_is_the_edge(context):
    """On the quadratic loss of a linear model: below the edge the loss falls, above it explodes."""
    options = {"steps": 60, "every": 60, "points": 30, "loss": "squared", "hidden": ()}
    at_one = descend(0, context, rate=1.0, **options)["sharpness"][0]

    below, above = (
        descend(0, context, rate=share / at_one, **options)["loss"] for share in (0.98, 1.02)
    )

    assert below[-1] < below[0]
    assert above[-1] > 2 * min(above)
