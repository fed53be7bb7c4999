"""What a picture keeps of the numbers it is given."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dltheory.errors import SpecError
from dltheory.reporting import read_verdicts
from dltheory.verdicts import (
    arms_plot,
    density_plot,
    lines_plot,
    regions_plot,
    scatter_plot,
    thinning,
)
from tests.mutation import mutant
from tests.reporting.synthetic import claim, folder

EVERY_FLOAT = st.floats(width=64, allow_nan=True, allow_infinity=True)
NAN = math.nan


def line(x, values):
    (kept,) = lines_plot("t", "y", "x", {"a": (x, values)})["lines"]
    return kept


def points(x, y):
    (kept,) = scatter_plot("t", "y", "x", {"a": (x, y)})["groups"]
    return kept


def density(values, **settings):
    plot = density_plot("t", "x", {"a": values}, **settings)
    return plot["edges"], plot["densities"][0]["densities"]


def every_new_picture(values):
    ramp = np.arange(len(values), dtype=float)
    return [
        arms_plot("t", "a", {"x": values}, seeds=ramp.astype(int), printed={"x": values[0]}),
        lines_plot("t", "y", "x", {"a": (ramp, [values, values])}, printed={"a": (values, values)}),
        scatter_plot("t", "y", "x", {"a": (values, ramp)}, lines={"f": (values[0], 1.0)}),
        density_plot("t", "x", {"a": values, "b": []}),
        regions_plot(
            "t", [[0, 1], [NAN, 2]], x=(0, 1), y=(0, 1), points={"a": np.stack([ramp, values], 1)}
        ),
    ]


@given(st.lists(EVERY_FLOAT, min_size=1, max_size=12))
def test_every_picture_is_plain_json(values):
    for plot in every_new_picture(np.array(values)):
        assert json.loads(json.dumps(plot, allow_nan=False)) == plot


def test_a_record_with_every_picture_is_read_back(tmp_path):
    plots = every_new_picture(np.array([1.0, NAN, -2.0]))
    path = folder(tmp_path, [claim("a", plots=plots)]) / "verdicts.jsonl"

    (record,) = read_verdicts(path)

    arms, lines, scatter, densities, regions = record.plots
    assert arms.arms[0].printed == 1.0
    assert lines.lines[0].mean == (1.0, None, -2.0)
    assert lines.printed[0].y == (1.0, -2.0)
    assert scatter.guides[0].slope == 1.0
    assert len(densities.edges) == 41 == len(densities.densities[0].densities) + 1
    assert regions.rows == ("01", ".2")


def test_a_line_is_the_mean_and_the_range_over_runs():
    kept = line([1, 2], [[1.0, 2.0], [3.0, 8.0]])

    assert (kept["mean"], kept["low"], kept["high"]) == ([2.0, 5.0], [1.0, 2.0], [3.0, 8.0])


def test_one_run_is_its_own_mean():
    assert line([1, 2], [4.0, 5.0])["mean"] == [4.0, 5.0]


def test_a_run_without_a_number_is_left_out_of_the_mean_and_counted():
    kept = line([1, 2], [[1.0, NAN], [3.0, 5.0]])

    assert (kept["mean"], kept["missing"], kept["n"]) == ([2.0, 5.0], 1, 2)


def test_a_place_where_no_run_has_a_number_is_null():
    kept = line([1, 2], [[1.0, NAN], [3.0, math.inf]])

    assert (kept["mean"][1], kept["low"][1], kept["high"][1]) == (None, None, None)


def test_a_long_line_keeps_its_ends_and_says_how_long_it_was():
    kept = line(range(5001), np.arange(5001.0))

    assert (kept["x"][0], kept["x"][-1], len(kept["x"]), kept["of"]) == (0.0, 5000.0, 100, 5001)


@given(st.integers(0, 2000), st.integers(1, 300))
def test_positions_are_spread_evenly_and_none_comes_twice(size, most):
    kept = thinning.spread(size, most)

    gaps = np.diff(kept)
    assert len(kept) == min(size, most)
    assert not len(gaps) or 1 <= gaps.min() >= gaps.max() - 1


def test_a_point_without_a_coordinate_is_left_out_and_counted():
    kept = points([1.0, NAN, 3.0], [4.0, 5.0, math.inf])

    assert kept == {"name": "a", "x": [1.0], "y": [4.0], "of": 1, "missing": 2}


def test_two_thousand_points_are_kept_as_three_hundred():
    kept = points(np.arange(2000), np.arange(2000))

    assert (len(kept["x"]), kept["of"]) == (300, 2000)
    assert kept["x"] == kept["y"]


@given(arrays(float, st.integers(1, 50), elements=st.floats(-1e9, 1e9)), st.integers(1, 60))
def test_a_density_has_area_one(values, bins):
    edges, heights = density(values, bins=bins)

    assert np.sum(np.diff(edges) * heights) == pytest.approx(1.0, rel=1e-4)


def test_groups_share_their_bins():
    plot = density_plot("t", "x", {"a": [0.0, 1.0], "b": [3.0, 4.0]}, bins=4)

    assert plot["edges"] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert plot["densities"][1]["densities"] == [0.0, 0.0, 0.0, 1.0]


def test_a_density_does_not_keep_the_values():
    assert len(json.dumps(density_plot("t", "x", {"a": np.linspace(0, 1, 100_000)}))) < 2_000


def test_a_map_is_kept_as_a_string_per_row():
    assert regions_plot("t", [[0, 1], [11, NAN]], x=(0, 1), y=(2, 3))["rows"] == ["01", "b."]


def test_a_large_map_is_thinned_to_sixty_rows_and_columns():
    rows = regions_plot("t", np.zeros((500, 300)), x=(0, 1), y=(0, 1))["rows"]

    assert rows == ["0" * 60] * 60


@pytest.mark.parametrize(
    "draw",
    [
        lambda: arms_plot("t", "a", {"x": [1.0]}, seeds=[0], printed={"y": 1.0}),
        lambda: line([1, 2, 3], [[1.0, 2.0]]),
        lambda: points([1, 2], [1]),
        lambda: regions_plot("t", [[36]], x=(0, 1), y=(0, 1)),
        lambda: regions_plot("t", [[0.5]], x=(0, 1), y=(0, 1)),
        lambda: regions_plot("t", [0, 1], x=(0, 1), y=(0, 1)),
        lambda: regions_plot("t", [[0]], x=(0, 1), y=(0, 1), points={"a": [[1, 2, 3]]}),
    ],
    ids=["no such arm", "x too long", "y too short", "class", "half", "one row", "three columns"],
)
def test_numbers_that_do_not_fit_together_are_named(draw):
    with pytest.raises(SpecError, match=r"Give "):
        draw()


@pytest.mark.parametrize(
    ("healthy", "faulty", "caught"),
    [
        ("np.inf).min(", "np.inf).max(", lambda m: m.line_of("a", [1], [[1], [3]])["low"] == [1]),
        (".sum(axis=0) / count", ".mean(axis=0)", lambda m: _mean_of_one(m) == [3.0]),
        ("/ np.diff(edges)", "", lambda m: m.densities(np.ones(1), np.array([0.0, 4])) == [0.25]),
        ("np.rint(", "np.floor(", lambda m: max(np.diff(m.spread(5, 4))) <= 2 and _even(m)),
        ("[0::2]", "[1::2]", lambda m: m.pairs("a", [[1, 2]])[0] == [1]),
    ],
    ids=["range", "mean", "density", "spread", "pairs"],
)
def test_a_planted_fault_is_seen(healthy, faulty, caught):
    assert caught(thinning)
    assert not caught(mutant(thinning, healthy, faulty))


def _mean_of_one(module):
    return module.line_of("a", [1], [[NAN], [3.0]])["mean"]


def _even(module):
    return list(module.spread(5, 4)) == [0, 1, 3, 4]
