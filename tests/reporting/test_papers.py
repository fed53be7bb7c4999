"""The lines of papers: where they come from, and the replies of authors on the page."""

import re

import pytest

from dltheory.errors import SpecError
from dltheory.reporting import read_verdicts, render
from dltheory.reporting.__main__ import main
from dltheory.reporting.papers import as_line, gather, read_papers
from tests.reporting.synthetic import PAPERS, claim, folder, told_paper, write_papers
from tests.reporting.unfolding import unfolded

REPLIES = """Notes that are no reply.

## norm-bias-no-worse: A. Author, 2 December 2026

The margin is <too> narrow.

It should be two points.

## paper: A. Author

Thank you.

## forgotten: A. Author

A row that the report does not have.
"""
PAPER = """
from dltheory import Finding, Paper

PAPER = Paper(
    key="{key}", title="On depth", authors="A", venue="V", year=2020, version="published",
    findings=(Finding(name="deep", conclusion="Deep.", locator="Abstract", claims=("a",)),),
)
"""


@pytest.fixture
def claims(tmp_path):
    """A folder of claims of one paper, with a name that no other module has."""
    path = tmp_path / "claims_of_a_test"
    (path / "depth2020").mkdir(parents=True)
    (path / "__init__.py").touch()
    (path / "depth2020" / "__init__.py").touch()
    (path / "depth2020" / "paper.py").write_text(PAPER.format(key="depth2020"), "utf-8")
    (path / "depth2020" / "replies.md").write_text("## a: B\n\nNo.\n", "utf-8")
    return path


@pytest.fixture
def html(tmp_path):
    path = folder(tmp_path, [claim("norm-bias-no-worse"), claim("other")])
    write_papers(path, REPLIES)
    render(path)
    return unfolded((path / "index.html").read_text("utf-8"))


def test_a_line_names_claims_in_full():
    line = as_line(told_paper("liu2020bad", ["a", "goldblum2020truth/b"], picture="a"))

    assert line["findings"][0]["claims"] == ["liu2020bad/a", "goldblum2020truth/b"]
    assert line["findings"][0]["picture"] == "liu2020bad/a"


def test_a_reply_has_its_claim_its_heading_and_its_text():
    one, paper, _ = as_line(told_paper("liu2020bad", []), REPLIES)["replies"]

    assert one["claim"] == "liu2020bad/norm-bias-no-worse"
    assert one["heading"] == "A. Author, 2 December 2026"
    assert one["text"] == "The margin is <too> narrow.\n\nIt should be two points."
    assert (paper["claim"], paper["text"]) == ("", "Thank you.")


def test_no_replies_are_none():
    assert as_line(told_paper("liu2020bad", []), "Nothing here.")["replies"] == []


def test_a_folder_of_claims_gives_conclusions_and_replies(claims):
    (line,) = gather(claims)

    assert line["findings"][0]["claims"] == ["depth2020/a"]
    assert line["replies"][0]["text"] == "No."


def test_a_folder_without_papers_is_refused(tmp_path):
    with pytest.raises(SpecError, match=r"each with a paper\.py"):
        gather(tmp_path)


def test_the_command_takes_conclusions_and_replies_anew(tmp_path, claims):
    named = {**PAPERS["liu2020bad"], "key": "depth2020", "title": "On depth"}
    path = folder(tmp_path / "fast", [claim("a") | {"claim": "depth2020/a", "paper": named}])

    assert main([str(path), "--claims", str(claims)]) == 0

    (about,) = read_papers(path, read_verdicts(path / "verdicts.jsonl"))
    assert [finding.name for finding in about.findings] == ["deep"]
    assert "No." in unfolded((path / "index.html").read_text("utf-8"))


def test_a_report_without_lines_of_papers_has_its_papers_without_conclusions(tmp_path):
    path = folder(tmp_path, [claim("a")])

    (about,) = read_papers(path, read_verdicts(path / "verdicts.jsonl"))

    assert (about.paper.key, about.findings) == ("goldblum2020truth", ())


def test_a_reply_is_shown_on_the_cards_of_its_claim_and_no_others(html):
    cards = dict(re.findall(r'<div class="card" id="([^"]+)"[^>]*>(.*?)</article>', html, re.S))

    assert "The margin is &lt;too&gt; narrow." in cards["goldblum2020truth/norm-bias-no-worse"]
    assert "Authors reply" not in cards["goldblum2020truth/other"]


def test_a_reply_to_the_paper_or_to_no_known_row_stands_with_its_findings(html):
    told = html.split('id="goldblum2020truth"')[1].split("</section>")[0]

    assert "Thank you." in told
    assert "Reply to forgotten: A. Author" in told
    assert "The margin" not in told
