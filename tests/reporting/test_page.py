"""The page of a report folder."""

import re

import pytest

from dltheory.reporting import render
from dltheory.reporting.numerals import count
from dltheory.reporting.schema import GLYPHS
from tests.reporting.catalogue import every_kind_of_record, many_records
from tests.reporting.synthetic import claim, folder, level_plot, strip_plot
from tests.reporting.unfolding import unfolded

KINDS = ["arms", "levels", "cases", "lines", "scatter", "density", "regions"]
HOSTILE = "</style></script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


def page(path, records, measured=None):
    render(folder(path, records, measured))
    return unfolded((path / "index.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    return page(tmp_path_factory.mktemp("report"), every_kind_of_record())


def hostile(value):
    """The same record with hostile text in every text that is free."""
    kept = {"tier", "status", "verdict", "expected", "bearing"}
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, list):
        return [hostile(item) for item in value]
    if isinstance(value, dict):
        return {k: v if k in kept or v in KINDS else hostile(v) for k, v in value.items()}
    return value


def test_hostile_text_is_escaped_everywhere(tmp_path):
    html = page(tmp_path, [hostile(record) for record in every_kind_of_record()])

    assert "<img" not in html
    assert html.count("</script>") == 1
    assert html.count("</style>") == 1


def test_hostile_text_is_shown_as_it_was_given(tmp_path):
    html = page(tmp_path, [claim("a", statement=HOSTILE)])

    assert "&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp;{{ 7*7 }}" in html


def test_hundred_forms_make_less_than_half_a_megabyte(tmp_path):
    render(folder(tmp_path, many_records(100)))

    assert (tmp_path / "index.html").stat().st_size < 500_000


def test_no_resource_comes_from_a_network(html):
    assert not re.search(r"https?://|@import|url\(|<link[^>]+stylesheet|<script[^>]+src", html)


def test_the_policy_names_style_and_script_by_hash(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html).group(1)

    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+'; "
        r"img-src data:; base-uri 'none'; form-action 'none'",
        policy,
    )


def test_nothing_is_styled_or_scripted_inline(html):
    assert not re.search(r"<[^>]+\s(style|on\w+)=", html)


@pytest.mark.parametrize(("word", "glyph"), GLYPHS.items())
def test_every_verdict_is_a_word_with_its_glyph(html, word, glyph):
    assert f'aria-hidden="true">{glyph}</span> {word}</span>' in html


def test_two_renderings_are_the_same_bytes(tmp_path, html):
    assert page(tmp_path, every_kind_of_record()) == html


def test_every_id_is_given_once(tmp_path):
    same = [claim("a"), claim("a"), claim("a", case="2"), claim("a b"), claim("a-b")]

    ids = re.findall(r' id="([^"]+)"', page(tmp_path, same))

    assert len(ids) == len(set(ids))


def test_every_link_within_the_page_has_its_target(html):
    targets = set(re.findall(r' id="([^"]+)"', html))

    assert set(re.findall(r'href="#([^"]+)"', html)) <= targets


def test_every_drawing_has_a_title_and_a_description(html):
    drawings = re.findall(r'<svg[^>]*role="img"[^>]*><title>[^<]+</title><desc>[^<]+</desc>', html)

    assert len(drawings) == html.count("<svg") > 20


def test_nothing_is_printed_as_nan_or_none(html):
    assert not re.search(r"\b(nan|None|undefined|NaN)\b", re.sub(r"<script>.*</script>", "", html))


def test_the_page_states_what_the_verdicts_rest_on(html):
    told = re.sub(r"\s+", " ", html)

    for fact in (
        "14 claims of 3 papers in 23 forms. The claims themselves: 5 confirmed, 1 smaller than "
        "claimed, 2 refuted, 6 inconclusive, 1 with runs lost, 1 ended in an error and 1 not run. "
        "Instances of them: 1 refuted.",
        "α = .01 one-sided",
        "0.17 expected if all 17 statistical forms were false",
        "3 min 12 s of CPU time in 32 runs",
        "<code>abc1234</code> with uncommitted changes",
        "2 January 2026, 03:04 UTC",
        "torch 2.13.0+cpu",
        "AMD EPYC 7B13, 2 cores",
        "handwritten digits of scikit-learn, 8×8",
    ):
        assert fact in told


def test_an_inconclusive_claim_says_what_a_verdict_needs(html):
    assert "More seeds may decide it: pytest" in html
    assert " --more-seeds=40</strong>" in html


def test_claims_that_hold_together_are_counted_from_adjusted_p_values(tmp_path):
    weak = {"holm_p": 0.0101, "holm_p_refute": 0.0003, "q": 0.01}
    forms = [claim("b", case="1"), claim("b", case="2"), claim("c", adjusted=weak)]

    html = page(tmp_path, [claim("a"), *forms])

    assert (
        "at least 2 of 3 tested claims hold and at least 1 is refuted at family-wise .01 (Holm)"
        in html
    )


def test_an_empty_report_says_that_it_is_empty(tmp_path):
    assert "This report holds no claim yet." in page(tmp_path, [], [])


def test_a_report_without_surprises_says_so(tmp_path):
    assert "every verdict is the expected one" in page(tmp_path, [claim("a")])


def test_a_failed_control_is_worth_a_look(html):
    assert "A control failed that the word depends on" in html
    assert "rank matched by pruning" in html


def test_a_drawing_takes_about_three_kilobytes(tmp_path):
    html = page(tmp_path, [claim("a", plots=[strip_plot(), level_plot()])])

    assert max(len(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.S)) < 4_500


@pytest.mark.parametrize(
    "plot",
    [
        {"kind": "violin", "title": "unknown"},
        {"kind": "arms", "arms": [{"name": "empty", "values": [None], "diverged": [0]}]},
        {"kind": "levels", "levels": [], "values": []},
        {"kind": "levels", "levels": [1, 2], "values": [["a", None], 7]},
        {"kind": "cases", "values": None, "threshold": 1.0},
    ],
    ids=lambda plot: plot["kind"],
)
def test_a_plot_without_numbers_says_so(tmp_path, plot):
    assert "holds no number that can be drawn" in page(tmp_path, [claim("a", plots=[plot])])


@pytest.mark.parametrize(
    "plot",
    [
        {"kind": "arms", "log": True, "arms": [{"name": "a", "values": [0, -1.0, 1e-9]}]},
        {"kind": "arms", "arms": [{"name": "a", "values": [2.0, 2.0], "diverged": [7]}]},
        {"kind": "levels", "x_log": True, "levels": [0, 1], "values": [[1.7e308, -1.7e308]]},
        {"kind": "levels", "levels": [4], "values": [[1.0, 2.0, 3.0], [None]]},
        {"kind": "cases", "log": True, "values": [5e-324, 1e308], "threshold": 1.0},
        {"kind": "cases", "log": True, "values": [0.0, 0.0], "threshold": 1e-12},
        {"kind": "cases", "values": [5.0] * 500, "threshold": None},
    ],
    ids=["below zero", "all equal", "huge", "ragged", "all of float64", "only zeros", "one bar"],
)
def test_a_plot_at_the_edge_is_drawn(tmp_path, plot):
    html = page(tmp_path, [claim("a", plots=[plot])])

    assert '<svg class="plot"' in html
    assert "NaN" not in html
    assert " inf" not in html


def test_neighbouring_seeds_are_put_together(tmp_path):
    html = page(tmp_path, [claim("a", seeds=[7, 100, 101, 102, 5])])

    assert "5 seeds: 5, 7, 100–102" in html


def test_a_quantity_stands_with_its_noun():
    assert (count(1, "seed"), count(2, "seed")) == ("1 seed", "2 seeds")


@pytest.mark.parametrize(
    ("diverged", "said"),
    [
        ([0, 0], "No run of 32 was lost. A rate up to 25\u00a0% in an arm is possible."),
        ([0, 3], "<li>b: 3 of 16 lost; a rate up to 25\u00a0% is possible</li>"),
    ],
)
def test_a_card_names_the_arms_that_lost_runs_and_no_others(tmp_path, diverged, said):
    arms = [
        {"arm": a, "diverged": d, "n": 16, "rate_upper": 0.25}
        for a, d in zip("ab", diverged, strict=True)
    ]

    html = page(tmp_path, [claim("a", attrition=arms)])

    assert said in html
    assert "a: 0 of 16" not in html
