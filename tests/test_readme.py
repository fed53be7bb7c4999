import re
from pathlib import Path

import pytest

from benchmarks.table import ratios, results, table
from dltheory.reporting.__main__ import main
from dltheory.reporting.findings import WORDS
from dltheory.reporting.page import papers_of

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SPEED = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")


def between(name, text):
    return text.split(f"<!-- {name}:begin -->")[1].split(f"<!-- {name}:end -->")[0].strip()


def test_the_findings_of_the_readme_are_those_of_the_reports():
    assert main([str(ROOT / "reports"), "--readme", str(ROOT / "README.md"), "--check"]) == 0


def test_the_findings_of_the_readme_are_one_a_conclusion():
    rows = between("findings", README).split("\n")[2:]
    signs = "".join(WORDS.values())
    told = [row for row in rows if re.search(rf"\| [{signs}] ", row)]

    conclusions = sum(len(about.findings) for about in papers_of(ROOT / "reports"))
    assert len(told) == conclusions > 25


def test_the_readme_is_short():
    assert README.count("\n") <= 200


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_every_link_of_the_readme_leads_somewhere(target):
    assert (ROOT / target).exists()


def test_the_table_of_speeds_is_the_one_that_the_results_give():
    assert between("benchmarks", SPEED) == table(results()).strip()


def test_the_ratios_of_the_readme_are_ten_of_the_results():
    shown = between("benchmarks", README)

    assert shown == ratios(results())
    assert shown.count("\n") == 11
