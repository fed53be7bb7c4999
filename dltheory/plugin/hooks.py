"""The plugin as a guest: options, the mark, and nothing else until a session has a claim.

pytest loads this module in every session of an environment that has the library. It declares the
options. Where a test with the mark `claim` is collected, `judging` joins the session
in the process that collected it, and `collecting` in the process that owns the terminal. Without
such a test the session is what it would be without this plugin.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from datetime import datetime, timezone
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from dltheory.plugin import options
from dltheory.plugin.claim_files import holds_claims, kept_claims
from dltheory.plugin.marks import declare
from dltheory.plugin.options import Settings
from dltheory.plugin.workers import share_cores_politely, worker_number

if TYPE_CHECKING:
    from dltheory.plugin.collecting import Collecting
    from dltheory.plugin.judging import Judging

SETTINGS = pytest.StashKey[Settings]()
SESSION = pytest.StashKey[dict[str, Any]]()
READ = pytest.StashKey[list[str]]()
JUDGING: pytest.StashKey[Judging] = pytest.StashKey()
COLLECTING: pytest.StashKey[Collecting] = pytest.StashKey()

_waiting: list[pytest.Parser] = []


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options, after those of the project where that can be."""
    names = [name or "" for name, _ in pluginmanager.list_name_plugin()]
    if any(name.endswith("conftest.py") for name in names):
        options.add_options(parser)
    else:
        _waiting.append(parser)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None]:
    """A project's own option of the same name is declared first, and stays what it is."""
    yield
    if parser in _waiting:
        _waiting.remove(parser)
        options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Check the options; declare the marks, if all marks are asked for."""
    if getattr(config.option, "markers", False):
        declare(config)
    config.stash[SETTINGS] = options.settings(config)
    given = getattr(config, "workerinput", {}).get("dltheory_session")
    config.stash[SESSION] = given or {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "command": " ".join(["pytest", *map(_without_folder, _words())]),
        "gpus": _names(config.stash[SETTINGS].gpus),
    }
    config.stash[READ] = []


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Planning needs no workers."""
    planning = getattr(config.option, "dltheory_plan", False)
    if planning and getattr(config.option, "numprocesses", None):
        config.option.numprocesses = 0
        config.option.tx, config.option.dist = [], "no"


# ── where claims are collected ────────────────────────────────────────────────────────────────────


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Before a claim file imports torch, let its threads sleep while they wait."""
    if holds_claims(module_path):
        share_cores_politely()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> None:
    """Judge from here on, if this is a test of a claim."""
    if JUDGING in collector.config.stash:
        return
    marks = [*_own_marks(obj), *collector.iter_markers("claim")]
    if any(mark.name == "claim" and _is_claim(mark) for mark in marks):
        _judge(collector.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Remember which files were read whole: what is not in them is no claim any more."""
    report = yield
    if report.passed and isinstance(collector, pytest.Module):
        collector.config.stash[READ].append(collector.nodeid)
    return report


def _own_marks(obj: object) -> list[pytest.Mark]:
    if not issubclass(type(obj), (FunctionType, type)):  # a proxy may not like to be asked
        return []
    found = getattr(obj, "pytestmark", ())
    listed = found if isinstance(found, (list, tuple)) else [found]
    marks = [getattr(mark, "mark", mark) for mark in listed]
    return [mark for mark in marks if isinstance(mark, pytest.Mark)]


def _is_claim(mark: pytest.Mark) -> bool:
    """Whether it is a mark of this library: a project may have a mark of the same name."""
    module = sys.modules.get("dltheory.verdicts.claim")
    return module is not None and bool(mark.args) and isinstance(mark.args[0], module.Claim)


def _judge(config: pytest.Config) -> None:
    from dltheory.plugin.judging import Judging

    share_cores_politely()
    collecting = _collect(config) if worker_number(config) is None else None
    judging = Judging(config, config.stash[SETTINGS], config.stash[SESSION], collecting)
    judging.read = config.stash[READ]
    config.stash[JUDGING] = judging
    config.pluginmanager.register(judging, "dltheory.judging")


def _collect(config: pytest.Config) -> Collecting:
    if COLLECTING not in config.stash:
        from dltheory.plugin.collecting import Collecting

        config.stash[COLLECTING] = Collecting(config, config.stash[SETTINGS])
        config.pluginmanager.register(config.stash[COLLECTING], "dltheory.collecting")
    return config.stash[COLLECTING]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> object:
    """`--plan` runs no test, also where no claim was selected."""
    config = session.config
    plans = config.stash[SETTINGS].plan and not config.option.collectonly
    if not plans or JUDGING in config.stash:
        return None
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line("no claim was selected, so nothing is to be made")
    session.items.clear()
    return True


# ── where workers of xdist tell what they judged ──────────────────────────────────────────────────


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist which session it belongs to."""
    node.workerinput["dltheory_session"] = node.config.stash[SESSION]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:
    """Collect from here on, if a worker has found claims."""
    kept = kept_claims(node.workerinput)
    if kept.exists():
        _collect(node.config).expect(kept)


@pytest.hookimpl(tryfirst=True)
def pytest_report_from_serializable(config: pytest.Config, data: dict[str, Any]) -> None:
    """Collect from here on, if a worker has judged a claim."""
    if "dltheory" in data and worker_number(config) is None:
        _collect(config).unpack(data)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:  # noqa: ARG001  xdist's form
    """Learn from a worker that ends what it had selected, and what it noticed."""
    told = getattr(node, "workeroutput", {}).get("dltheory")
    if told:
        _collect(node.config).learn(told)


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: Any, sched: Any) -> None:
    """A claim whose worker was lost has a status, not a smaller report."""
    collecting = sched.config.stash.get(COLLECTING, None)
    if collecting is not None:
        collecting.mark_lost(crashitem, report)


def _names(gpus: tuple[str, ...]) -> list[str]:
    if not gpus:
        return []
    import torch

    return [torch.cuda.get_device_name(device) for device in gpus]


def _words() -> list[str]:
    return [word for word in sys.argv[1:] if not word.startswith("/")]


def _without_folder(word: str) -> str:
    """A word of the command line, without a path that means nothing on another machine."""
    option, given, _ = word.partition("=")
    return f"{option}=DIR" if given and option in options.FOLDERS else word
