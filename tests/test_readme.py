import re
from pathlib import Path

import pytest

from benchmarks.table import results, table
from dltheory.reporting import read_verdicts
from dltheory.reporting.schema import GLYPHS, HOLLOW

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_the_readme_shows_the_verdicts_of_the_report():
    table = README.split("<!-- verdicts:begin -->")[1].split("<!-- verdicts:end -->")[0]
    _overview, *papers = table.split("<details>")
    files = [ROOT / "reports" / tier / "verdicts.jsonl" for tier in ("fast", "full")]
    records = [record for file in files if file.exists() for record in read_verdicts(file)]

    rows = "".join(papers)
    signs = "".join({*GLYPHS.values(), *HOLLOW.values()})
    shown = re.findall(rf"^\| [^|]+ \| [^|]+ \| ([{signs}]) \w", rows, re.MULTILINE)

    assert sorted(shown) == sorted(record.glyph for record in records)


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_every_link_of_the_readme_leads_somewhere(target):
    assert (ROOT / target).exists()


def test_the_table_of_speeds_is_the_one_that_the_results_give():
    shown = README.split("<!-- benchmarks:begin -->")[1].split("<!-- benchmarks:end -->")[0]

    assert shown.strip() == table(results()).strip()
