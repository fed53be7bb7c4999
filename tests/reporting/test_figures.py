"""The drawings of lines, clouds, densities and maps: what they show, and how they are bounded."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.reporting.figures import density, figure, left_out, lines, plane, regions, remark
from dltheory.reporting.figures import scatter as clouds
from dltheory.reporting.markdown import summary
from dltheory.reporting.records import read_verdicts
from dltheory.reporting.schema import Cost
from dltheory.verdicts import arms_plot, density_plot, lines_plot, regions_plot, scatter_plot
from tests.mutation import mutant
from tests.reporting.synthetic import (
    claim,
    cloud_plot,
    folder,
    hill_plot,
    lines_of,
    map_plot,
    printed_plot,
)

SIX = [f"series {index}" for index in range(6)]
EIGHT = [f"series {index}" for index in range(8)]
NAN = math.nan
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    def plot(given):
        path = folder(tmp_path_factory.mktemp("plot"), [claim("a", plots=[given])])
        return read_verdicts(path / "verdicts.jsonl")[0].plots[0]

    return plot


def steps(svg, kind):
    """The paths of a class."""
    return re.findall(rf'<path class="{kind}" d="([^"]+)"', svg)


def numbers_in(svg):
    return [float(n) for d in re.findall(r' d="([^"]+)"', svg) for n in re.findall(r"-?[\d.]+", d)]


LARGE = {
    "2000 points": scatter_plot(
        "t", "y", "x", {"a": np.random.default_rng(0).standard_normal((2, 2000))}
    ),
    "six clouds": cloud_plot(SIX, points=2000),
    "a map of noise": regions_plot(
        "t", np.random.default_rng(1).integers(0, 3, (60, 60)), x=(0, 1), y=(0, 1)
    ),
    "ten classes": map_plot(10),
    "six long lines": lines_of(SIX, places=5000),
    "six hills": hill_plot(SIX),
}


@pytest.mark.parametrize("plot", LARGE.values(), ids=LARGE)
def test_a_drawing_is_small_however_many_numbers_it_shows(read, plot):
    assert 1_000 < len(figure(read(plot))) < 25_000


@pytest.mark.parametrize("names", [SIX, EIGHT], ids=len)
@pytest.mark.parametrize("make", [lines_of, cloud_plot, hill_plot])
def test_the_legend_names_six_series_and_the_remark_the_others(read, make, names):
    plot = read(make(names))

    for name in names[:6]:
        assert f">{name}</text>" in figure(plot)
    for name in names[6:]:
        assert name not in figure(plot)
        assert name in remark(plot)


@pytest.mark.parametrize(
    "plot",
    [
        lines_plot("t", "y", "x", {}),
        lines_plot("t", "y", "x", {"a": ([1, 2], [NAN, NAN])}),
        scatter_plot("t", "y", "x", {"a": ([], [])}, lines={"l": (1.0, 0.0)}),
        density_plot("t", "x", {"a": [], "b": [NAN]}),
        regions_plot("t", [[NAN]], x=(0, 1), y=(0, 1)),
        regions_plot("t", np.empty((0, 0)), x=(0, 1), y=(0, 1)),
        regions_plot("t", [[0, 1]], x=(1, 1), y=(0, 1)),
        regions_plot("t", [[0, 1]], x=(0, NAN), y=(0, 1)),
        arms_plot("t", "a", {}, seeds=[]),
    ],
    ids=["no line", "NaN", "no point", "no value", "no class", "no cell", "flat", "open", "no arm"],
)
def test_a_picture_without_numbers_draws_nothing(read, plot):
    assert figure(read(plot)) == ""


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=8), st.booleans(), st.booleans())
def test_every_mark_lies_within_the_drawing(read, points, x_log, log):
    x, y = np.array(points).T
    logs = {"x_log": x_log, "log": log}
    for plot in (
        lines_plot("t", "y", "x", {"a": (x, [y, y / 2])}, printed={"a": (x, y)}, **logs),
        scatter_plot("t", "y", "x", {"a": (x, y)}, lines={"l": (2.0, 1.0)}, **logs),
        density_plot("t", "x", {"a": x, "b": y}),
    ):
        drawn = figure(read(plot))

        assert not re.search(r"\b(nan|inf)", drawn)
        assert all(-10 <= number <= 370 for number in numbers_in(drawn))


@given(FLOATS.filter(math.isfinite), st.lists(FLOATS, min_size=1))
def test_a_scale_never_leaves_its_ends(value, others):
    on = plane.plane(others, others, top=0, x_log=True, log=False)

    assert on.across.start <= on.across(value) <= on.across.end
    assert on.up.end <= on.up(value) <= on.up.start


@given(st.lists(st.integers(), max_size=40), st.integers(1, 12))
def test_items_are_spread_from_the_first_to_the_last(items, most):
    kept = left_out.evenly(items, most)

    assert len(kept) == min(len(items), most)
    assert not items or most == 1 or (kept[0], kept[-1]) == (items[0], items[-1])


def test_printed_values_are_hollow_and_named_in_the_legend(read):
    drawn = figure(read(printed_plot()))

    assert len(steps(drawn, "hollow")) == 3  # two values and the sample
    assert ">printed</text>" in drawn


def test_a_printed_series_has_the_colour_of_its_line(read):
    drawn = figure(read(lines_of(["a", "b"])))

    assert len(steps(drawn, "hollow s0")) == 1
    assert ">printed</text>" in drawn
    assert ">their bound, printed</text>" in drawn


def test_a_picture_without_printed_values_has_no_hollow_mark(read):
    for plot in (arms_plot("t", "a", {"x": [1.0, 2.0]}, seeds=[0, 1]), cloud_plot()):
        assert "hollow" not in figure(read(plot))


def test_a_missing_place_breaks_the_line(read):
    drawn = figure(read(lines_plot("t", "y", "x", {"a": (range(20), [*range(9), NAN] * 2)})))

    assert steps(drawn, "line s0")[1].count("M") == 2


def test_a_single_run_has_no_band(read):
    assert "band" not in figure(read(lines_plot("t", "y", "x", {"a": ([1, 2], [1.0, 2.0])})))


def test_a_drawn_line_rises_where_its_numbers_do(read):
    (_, path) = steps(
        figure(read(lines_plot("t", "y", "x", {"a": (range(20), range(20))}))), "line s0"
    )

    heights = [float(y) for y in re.findall(r"L[\d.]+ ([\d.]+)", path)]
    assert heights == sorted(heights, reverse=True)


def test_a_line_across_a_cloud_goes_through_the_points_that_lie_on_it(read):
    x = np.linspace(1, 100, 30)
    for logs in ({}, {"log": True, "x_log": True}):
        drawn = figure(
            read(scatter_plot("t", "y", "x", {"a": (x, x)}, lines={"l": (1, 0)}, **logs))
        )

        places = re.findall(r"[ML]([\d.]+) ([\d.]+)", steps(drawn, "line s1")[1])
        marks = re.findall(r"M([\d.]+) ([\d.]+)", steps(drawn, "dots s0")[1])
        (x1, y1), (x2, y2) = (tuple(map(float, at)) for at in (places[0], places[-1]))
        for a, b in marks:
            assert float(b) == pytest.approx(y1 + (float(a) - x1) * (y2 - y1) / (x2 - x1), abs=1)


def test_a_flat_line_far_from_the_cloud_is_still_seen(read):
    plot = scatter_plot("t", "y", "x", {"a": ([0, 1], [0, 1])}, lines={"bound": (0.0, 9.0)})

    assert len(steps(figure(read(plot)), "line s1")) == 2


def test_what_is_left_out_is_said(read):
    plot = scatter_plot("t", "y", "x", {"a": (range(2000), [*range(1999), NAN])}, log=True)

    assert remark(read(plot)) == (
        "300 of 1999 points are drawn, spread evenly over them; "
        "left out for want of a number: 1 point; "
        "values not above zero stand at the edge of the logarithmic axis."
    )


def test_equal_cells_of_a_row_are_one_stroke():
    assert regions._strokes(["0011", "1101"], "1") == ["M2 0.5h2", "M0 1.5h2m1 0h1"]


@given(st.lists(st.text("012.", min_size=4, max_size=4), min_size=1, max_size=5))
def test_every_cell_is_covered_by_the_strokes_of_its_class(rows):
    cells = [["."] * 4 for _ in rows]
    for sign in "012":
        for height, steps in enumerate(regions._strokes(rows, sign)):
            end = 0
            for skip, length in re.findall(r"[Mm](\d) \d(?:\.5)?h(\d)", steps):
                start, end = end + int(skip), end + int(skip) + int(length)
                cells[height][start:end] = sign * int(length)

    assert ["".join(row) for row in cells] == rows


@given(st.lists(st.text("012.", min_size=4, max_size=4), min_size=1, max_size=5), st.data())
def test_the_number_of_a_class_stands_within_it(rows, data):
    sign = data.draw(st.sampled_from(sorted(set("".join(rows)))))

    height, column = regions._heart(rows, sign)

    assert rows[height][int(column)] == sign


def test_row_zero_of_a_map_is_lowest(read):
    drawn = figure(read(regions_plot("t", [[0, 0], [1, 1]], x=(0, 1), y=(0, 1))))

    heights = {n: float(y) for y, n in re.findall(r'y="([\d.]+)" class="t halo"[^>]*>(\d)<', drawn)}
    assert heights["0"] > heights["1"]


@pytest.mark.parametrize("make", [printed_plot, lines_of, cloud_plot, hill_plot, map_plot])
def test_the_summary_in_markdown_is_written_beside_pictures(tmp_path, make):
    path = folder(tmp_path, [claim("a", plots=[make()])]) / "verdicts.jsonl"

    assert "goldblum2020truth/a" in summary(read_verdicts(path), (), Cost())


def _flat(module):
    return module._band(
        lines.Line(x=(0.0, 1.0), low=(0.0, 0.0), high=(1.0, 1.0), n=2),
        plane.plane([0, 1], [0, 1], top=0, x_log=False, log=False),
    )


@pytest.mark.parametrize(
    ("module", "healthy", "faulty", "sees"),
    [
        (regions, "rows[at - 1]", "rows[at]", lambda m: list(m._edges(["01", "00"]))),
        (regions, "+ 0.5) + 4", "- 0.5) + 4", lambda m: m._numbers(["01"], _square())),
        (lines, "reversed(stretch)", "stretch", _flat),
        (clouds, "sorted((bound", "list((bound", lambda m: m._across(("l", -1, 1), _square())),
        (density, "/ width for k", "for k", lambda m: m._merged([0.0] * 402, [[1.0] * 401])),
        (plane, "pen_down = place", "pen_up = place", lambda m: m.polyline([(0, 0), (1, 1)])),
    ],
    ids=["border", "number", "band", "falling line", "merged bins", "pen"],
)
def test_a_planted_fault_is_seen(module, healthy, faulty, sees):
    assert sees(mutant(module, healthy, faulty)) != sees(module)


def _square():
    return plane.plane([0, 1], [0, 1], top=0, x_log=False, log=False)
