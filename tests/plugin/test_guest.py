"""Installed, but without claims: a session with the plugin equals one without it."""

import os
import re
import subprocess
import sys

import pytest

from tests.plugin.project import ROOT

CONFTEST = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--store", default="a shop", help="ours")
    parser.addoption("--seeds", action="store_true", dest="out")
    parser.addoption("--reruns", type=int)
    parser.addoption("--engine", choices=["steam", "petrol"], default="steam")

@pytest.fixture
def judge(request):
    return request.config.getoption("--store")

@pytest.fixture
def tier():
    return "a cake's"
"""

TESTS = """
import os, sys
import pytest

pytestmark = pytest.mark.filterwarnings("ignore")

@pytest.mark.full
def test_fails_where_everything_is_tried():
    assert False

@pytest.mark.fast
@pytest.mark.fulldata
def test_is_fast(judge, tier, request):
    assert judge == request.config.option.store
    assert request.config.option.engine in ("steam", "petrol")
    assert tier == "a cake's"

@pytest.mark.claim("of the insured", fast=True)
@pytest.mark.parametrize("case", [1, 2])
def test_has_a_claim_of_another_kind(case):
    assert case

@pytest.mark.flaky
def test_finds_the_process_as_it_was():
    assert "OMP_WAIT_POLICY" not in os.environ
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "2,5"
    assert [m for m in ("numpy", "scipy", "torch", "jinja2") if m in sys.modules] == []

class Evasive:
    def __getattr__(self, name):
        raise RuntimeError(f"not to be asked for {name}")

anything = test_anything = Evasive()
"""

SESSIONS = [
    (),
    ("-m", "full"),
    ("-m", "fast"),
    ("-m", "not (fulldata)"),
    ("-m", "fast and not (full or ray)"),
    ("--reruns=3",),
    ("--store=DIR", "--seeds", "--engine=petrol"),
    ("--strict-markers", "-o", "markers=full fast fulldata flaky filterwarnings"),
    ("--junit-xml=given.xml",),
    ("--collect-only", "-q"),
    ("--last-failed",),
    ("-n", "2"),
    ("-p", "no:junitxml", "-m", "fast"),
    ("-p", "no:cacheprovider", "-p", "no:xdist"),
    ("-k", "nothing_at_all"),
    ("--store",),
]


def session(folder, *words, plugin):
    """Exit status, what is shown without times, and files of one session."""
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_of_a_shop.py").write_text(TESTS)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "OMP"))}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_XDIST_WORKER": "gw0",  # as a process has it that a worker starts
        "PYTEST_XDIST_WORKER_COUNT": "2",
        "CUDA_VISIBLE_DEVICES": "2,5",
        "COLUMNS": "200",
    }
    plugins = ["-p", "xdist.plugin", *(["-p", "dltheory.plugin.hooks"] if plugin else [])]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-v", "--no-header", *plugins, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    shown = re.sub(r"[0-9.]+s\b|\[gw\d\]|\[ *\d+%\]|rootdir: .*|plugins: .*", "", done.stdout)
    shown = shown.replace(str(folder), "FOLDER")
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    # Which worker is done first is chance.
    return done.returncode, sorted(shown.splitlines()), files


@pytest.mark.parametrize("words", SESSIONS, ids=lambda words: " ".join(words) or "nothing")
def test_a_session_without_claims_is_what_it_is_without_the_plugin(words, tmp_path):
    without = session(tmp_path / "a" / "shop", *words, plugin=False)

    assert session(tmp_path / "b" / "shop", *words, plugin=True) == without


def test_the_full_tier_of_another_project_is_run_unasked(tmp_path):
    code, shown, _ = session(tmp_path / "b" / "shop", plugin=True)

    assert code == pytest.ExitCode.TESTS_FAILED
    assert any("FAILED test_of_a_shop.py::test_fails_where" in line for line in shown)
