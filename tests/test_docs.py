"""The pages in docs/: their code runs as it stands, their links lead somewhere."""

import re
from pathlib import Path

import pytest

from dltheory.experiments.quantity import available_probes
from dltheory.starting import start
from tests.plugin.project import Project

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
FILE = re.compile(r'^```python title="(?P<path>[^"]+)"\n(?P<text>.*?)^```$', re.M | re.S)
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#]+)(#[^)]*)?\)")
NAMED = re.compile(r"^::: (?P<name>\S+)", re.M)


def name_of(page):
    return str(page.relative_to(ROOT / "docs"))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A project that has every file that a page shows, judged."""
    folder = tmp_path_factory.mktemp("documented")
    start("own2024", folder)
    for path in folder.glob("claims/own2024/test_*.py"):
        path.unlink()
    for page in PAGES:
        for shown in FILE.finditer(page.read_text("utf-8")):
            (folder / shown["path"]).write_text(shown["text"], encoding="utf-8")
    project = Project(folder)
    return project, project.pytest("-m", "fast", "-p", "dltheory.plugin.hooks")


def test_every_claim_of_a_page_gets_the_word_confirmed(written):
    project, outcome = written

    words = {record["claim"]: record["verdict"] for record in project.records()}

    assert words == dict.fromkeys(words, "CONFIRMED"), outcome.out
    assert len(words) == 5


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page):
    for link in LINK.finditer(page.read_text("utf-8")):
        assert (page.parent / link["path"]).exists(), link["path"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_page_is_in_the_navigation(page):
    assert f"- {name_of(page)}" in (ROOT / "mkdocs.yml").read_text("utf-8")


def test_the_reference_names_every_probe():
    named = {m["name"] for m in NAMED.finditer((ROOT / "docs/reference/probes.md").read_text())}

    assert named == {f"dltheory.probes.{probe}.{probe}" for probe in available_probes()}


@pytest.mark.parametrize("page", sorted((ROOT / "docs/reference").glob("*.md")), ids=name_of)
def test_the_reference_names_what_exists(page):
    for found in NAMED.finditer(page.read_text("utf-8")):
        module, _, last = found["name"].rpartition(".")
        file = ROOT / (found["name"].replace(".", "/") + ".py")
        inside = ROOT / (module.replace(".", "/") + ".py")
        assert file.exists() or re.search(rf"^(def|class) {last}\b", inside.read_text(), re.M)
