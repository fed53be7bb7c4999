"""The page over all tiers."""

import re
from pathlib import Path

import pytest

from dltheory.reporting import join, render
from dltheory.reporting.__main__ import main
from dltheory.reporting.writing import write
from tests.reporting.synthetic import claim, evidence, folder


@pytest.fixture
def reports(tmp_path):
    full = claim("a", tier="full", verdict="INCONCLUSIVE", evidence=evidence(0.001, 0.02))
    folder(tmp_path / "fast", [claim("a"), claim("exact", tier="static")])
    folder(tmp_path / "full", [full, claim("b", tier="full")])
    return tmp_path


def rows(reports: Path):
    """Text of each row's cells after the first."""
    join(reports)
    html = (reports / "index.html").read_text("utf-8")
    body = "".join(re.findall(r"<tbody.*?</tbody>", html, re.S))
    return [re.findall(r"<td.*?</td>", row, re.S) for row in body.split("<tr")[1:] if "<td" in row]


def test_fast_and_full_verdicts_stand_side_by_side(reports):
    (fast, full), *_ = rows(reports)

    assert "CONFIRMED" in fast
    assert "INCONCLUSIVE" in full


def test_a_static_verdict_stands_in_the_fast_column(reports):
    fast, full = rows(reports)[2]

    assert "CONFIRMED" in fast
    assert "static" in fast
    assert "no claim" in full


def test_a_verdict_links_to_its_card_in_its_own_report(reports):
    render(reports / "full")

    href = re.search(r'href="([^"]+)"', rows(reports)[0][1]).group(1)

    page, anchor = href.split("#")
    assert f'id="{anchor}"' in (reports / page).read_text("utf-8")


def test_the_folder_of_a_tier_is_shown_before_any_other(reports):
    folder(reports / "a-trial", [claim("a", verdict="REFUTED")])

    assert "REFUTED" not in rows(reports)[0][0]


def test_the_command_renders_every_report_and_joins_them(reports):
    main([str(reports)])

    assert all((reports / name).exists() for name in ("fast/index.html", "index.html"))


def test_no_report_yet_is_said(tmp_path):
    join(tmp_path)

    assert "No report yet." in (tmp_path / "index.html").read_text("utf-8")


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    write(tmp_path / "index.html", "old")

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        write(tmp_path / "index.html", "new")

    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("index.html", "old")]


def test_what_the_paper_asserts_stands_once_above_the_forms_of_all_tiers(reports):
    join(reports)

    html = (reports / "index.html").read_text("utf-8")
    assert html.count("Training towards a fixed norm") == 3  # the claims a, b and exact
    assert html.count('scope="rowgroup"') == 3


def test_an_analogue_is_never_joined_as_a_bare_word(tmp_path):
    refuted = {"verdict": "REFUTED", "expected": "REFUTED", "expected_reason": "too small."}
    folder(tmp_path / "fast", [claim("a", bearing="analogue", **refuted)])

    (fast, _), *_ = rows(tmp_path)

    assert "not seen in this small world" in fast
    assert "REFUTED" not in fast


def test_the_joined_page_counts_by_what_forms_are_about(tmp_path):
    folder(tmp_path / "fast", [claim("a"), claim("b", bearing="analogue")])
    join(tmp_path)

    html = (tmp_path / "index.html").read_text("utf-8")
    assert "The claims themselves: 1 confirmed. Analogues, in small worlds: 1 seen." in html
