"""The hooks: select, plan, train once, judge each claim, and write the report at the end.

Under xdist every worker plans the same work, and they share it through the store's locks; the
process that owns the terminal watches, collects the records and writes. Without xdist one process
does both.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dltheory.errors import AllRunsLost, DataError, DLTheoryError, EngineError, StoreError
from dltheory.experiments.interrupt import take_as_interrupt
from dltheory.plugin import lost_workers, notices, options, replication
from dltheory.plugin.form import TIERS, cases, parameter
from dltheory.plugin.junit import BesideTheReport
from dltheory.plugin.outcomes import ClaimNotJudged, conclude, status, verdict_line
from dltheory.plugin.pilots import pilot_line, write_pilots
from dltheory.plugin.planning import print_plan
from dltheory.plugin.replication import replication_line
from dltheory.plugin.suite import CASE, SUITE, Suite
from dltheory.plugin.trial import Trial
from dltheory.plugin.watching import Watcher
from dltheory.plugin.workers import pin_gpu, share_cores_politely, worker_number
from dltheory.plugin.writing import (
    Collected,
    asks_for_full,
    folder_of,
    report_folder,
    write_reports,
)

COLLECTED = pytest.StashKey[Collected]()
WATCHER = pytest.StashKey[Watcher]()
REPLICATION = pytest.StashKey[dict[str, Any]]()
PILOT = pytest.StashKey[dict[str, Any] | None]()

share_cores_politely()  # both before anything imports torch
pin_gpu()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Check the options, declare the markers, and say where JUnit's file goes."""
    for line in (
        "claim(claim, *, static, fast, full): the test judges this claim, in these forms",
        "static: audits of printed numbers; no training, about a second (also marked fast)",
        "fast: small worlds on data that need no download; minutes on two cores",
        "full: the paper's own scale; hours on GPUs; runs only if asked for with -m full",
        "faults: kills, full disks and damaged files, for real",
        "ray: starts a small Ray cluster on this machine",
    ):
        config.addinivalue_line("markers", line)
    settings = options.settings(config)
    notices.listen(config)
    config.stash[SUITE] = Suite(settings=settings, worker=worker_number(), config=config)
    if worker_number() is None:
        config.stash[COLLECTED] = Collected()
        asked = config.option.markexpr or ""
        judges = not (settings.plan or config.option.collectonly)
        if judges and not config.option.xmlpath and any(tier in asked for tier in TIERS):
            path = report_folder(settings, asked) / "junit.xml"
            config.option.xmlpath = str(path)
            config.pluginmanager.register(BesideTheReport(path.absolute()))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Planning needs no workers."""
    if config.option.plan and getattr(config.option, "numprocesses", None):
        config.option.numprocesses = 0
        config.option.tx, config.option.dist = [], "no"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist which session it belongs to."""
    node.workerinput["provenance"] = node.config.stash[SUITE].provenance


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One item for every form of a claim."""
    mark = metafunc.definition.get_closest_marker("claim")
    if mark is not None:
        if "case" not in metafunc.fixturenames:
            metafunc.fixturenames.append("case")
        metafunc.parametrize("case", [parameter(case) for case in cases(mark)], indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the full tier out unless it was asked for; refuse to repeat claims."""
    suite = config.stash[SUITE]
    asked = asks_for_full(config.option.markexpr or "")
    left_out = [item for item in items if item.get_closest_marker("full") and not asked]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    _refuse_repetition(items)
    if worker_number() is not None:
        lost_workers.keep(suite, items)
    narrowed = ("lf", "ignore", "ignore_glob")
    suite.whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(
        getattr(config.option, name, None) for name in narrowed
    )


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember of which reports some claims were left out."""
    for item in items:
        case = CASE.of(item)
        if case is not None:
            item.config.stash[SUITE].narrowed.add(folder_of(case.tier))


def _refuse_repetition(items: Sequence[pytest.Item]) -> None:
    judges: dict[tuple[str, str, str], str] = {}
    for item in items:
        case = CASE.of(item)
        if case is None:
            continue
        if item.get_closest_marker("flaky"):
            raise pytest.UsageError(
                f"A claim may not be marked flaky (got {item.nodeid}): repeating it until it "
                "passes changes its error rate. Remove the mark."
            )
        first = judges.setdefault((case.claim.id, case.tier, case.name), item.nodeid)
        if first != item.nodeid:
            raise pytest.UsageError(
                f"Each form of a claim has one judge; {case.claim.id} [{case.id}] has two: {first} "
                f"and {item.nodeid}. Give one of them another row or another case name."
            )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> object:
    """Make everything that the selected claims need, once, before the first is judged."""
    config, suite = session.config, session.config.stash[SUITE]
    items = [item for item in session.items if CASE.of(item) is not None]
    if config.option.collectonly or session.testsfailed:
        return None
    if suite.settings.plan:
        print_plan(suite, items, config.get_terminal_writer())
        session.items.clear()
        return True
    distributed = bool(getattr(config.option, "numprocesses", None))
    if items or distributed:
        config.add_cleanup(take_as_interrupt())
    if worker_number() is None and suite.settings.measurements is None and (items or distributed):
        config.stash[WATCHER] = Watcher(suite.settings.store / "progress")
        config.stash[WATCHER].start()
    if items:
        try:
            suite.provide_first(items)
        except (StoreError, DataError, EngineError) as error:  # said before anything is begun
            if worker_number() is not None:
                return None  # each test meets it again, and says so
            raise pytest.UsageError(str(error)) from error
    return None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the report of what was judged."""
    watcher = session.config.stash.get(WATCHER, None)
    if watcher is not None:
        watcher.stop()
    suite = session.config.stash[SUITE]
    collected = session.config.stash.get(COLLECTED, None)
    if worker_number() is None:
        lost_workers.forget(suite)
    if worker_number() is not None:
        output = session.config.workeroutput  # type: ignore[attr-defined]
        output["whole"], output["narrowed"] = suite.whole, sorted(suite.narrowed)
        output["notices"] = notices.said(session.config)
    elif collected is not None and collected.records:
        stopped = session.shouldfail or session.shouldstop or exitstatus not in (0, 1)
        whole = {"fast", "full"} - suite.narrowed if suite.whole and not stopped else set()
        try:
            collected.written = write_reports(suite, collected, whole=whole)
        except DLTheoryError as error:
            pytest.exit(f"the report was not written: {error}", returncode=3)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:  # noqa: ARG001  xdist's form
    """Learn from a worker whether whole tiers were selected."""
    output, suite = getattr(node, "workeroutput", {}), node.config.stash[SUITE]
    suite.whole |= bool(output.get("whole"))
    suite.narrowed |= set(output.get("narrowed", ()))
    notices.receive(output.get("notices", ()))


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: Any, sched: Any) -> None:
    """A claim whose worker was lost has a status, not a smaller report."""
    record = lost_workers.record_of(sched.config.stash[SUITE], crashitem)
    if record is not None:
        report.claim_record, report.claim_lines, report.claim_provenances = record, [], []


# ── one claim ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Trial:
    """The claim and form of this item, before its judge."""
    suite = request.config.stash[SUITE]
    return suite.trial(request.node)


@pytest.fixture
def measured(case: Trial) -> Any:
    """`measured(quantity, worst=…)`: one array over seeds for each arm of this form."""
    return case.measured


@pytest.fixture
def judge(case: Trial) -> Any:
    """`judge(evidence, controls=…, mutants=…)`: decide the claim; called once."""
    return case.judge


@pytest.fixture
def tier(case: Trial) -> str:
    """The tier of this form: "static", "fast" or "full"."""
    return case.case.tier


@pytest.fixture
def case_name(case: Trial) -> str:
    """The name of this case among those of its tier; "" where there is one."""
    return case.case.name


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Hold a claim's trial, look by look, and raise what its verdict means."""
    if CASE.of(pyfuncitem) is None:
        return None
    suite = pyfuncitem.config.stash[SUITE]
    # A test that asks for nothing has no trial yet; it is held to its call of judge all the same.
    found = pyfuncitem.funcargs.get("case")
    trial = found if isinstance(found, Trial) else suite.trial(pyfuncitem)
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    try:
        trial.hold(lambda: pyfuncitem.obj(**arguments), lambda n: suite.provide(trial, n))
    except AllRunsLost as error:
        pyfuncitem.stash[CASE.record] = trial.failure(str(error), status="lost")
        raise ClaimNotJudged(str(error)) from None
    except DLTheoryError as error:
        raise ClaimNotJudged(str(error)) from None
    if suite.settings.pilots is not None:
        line = pilot_line(trial)
        pyfuncitem.stash[PILOT] = line
        pytest.skip("pilots: nothing is judged" if line else "pilots: exact evidence needs none")
    record = trial.record()
    if suite.settings.replicate is not None:
        words = [
            _word_on_block(suite, pyfuncitem, arguments, block)
            for block in range(suite.settings.replicate)
        ]
        pyfuncitem.stash[REPLICATION] = replication_line(record, words)
        pytest.skip("replicated: see the table")
    pyfuncitem.stash[CASE.record] = record
    conclude(record, inconclusive=suite.settings.inconclusive)
    return True


def _word_on_block(
    suite: Suite, item: pytest.Function, arguments: Mapping[str, Any], block: int
) -> str:
    """The word, or the status, of a form on a block of fresh seeds."""
    trial = suite.trial(item, block)
    of_block = {"case": trial, "measured": trial.measured, "judge": trial.judge}
    given = {name: of_block.get(name, value) for name, value in arguments.items()}
    try:
        trial.hold(lambda: item.obj(**given), lambda n: suite.provide(trial, n))
    except AllRunsLost:
        return "LOST"
    assert trial.outcome is not None
    return trial.outcome.judgement.verdict


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach record and measurements, as plain JSON types, so that they cross xdist."""
    report = yield
    if CASE.of(item) is None:
        return report
    suite = item.config.stash[SUITE]
    record = item.stash.get(CASE.record, None)
    if record is None and call.excinfo is not None and report.failed:
        record = suite.trial(item).failure(str(call.excinfo.value).strip() or repr(call.excinfo))
    if call.when == "call" and (replicated := item.stash.get(REPLICATION, None)) is not None:
        report.replication_line = replicated  # type: ignore[attr-defined]
    if call.when == "call" and (pilot := item.stash.get(PILOT, None)) is not None:
        report.pilot_line, report.pilot_folder = pilot, str(item.path.parent)  # type: ignore[attr-defined]
    if record is not None and call.when in ("setup", "call"):
        report.claim_record = record  # type: ignore[attr-defined]
        trial = getattr(item, "funcargs", {}).get("case")
        lines = list(trial.lines.values()) if isinstance(trial, Trial) else []
        report.claim_lines = lines  # type: ignore[attr-defined]
        identifiers = sorted({line["provenance"] for line in lines})
        report.claim_provenances = suite.source.provenances(identifiers)  # type: ignore[attr-defined]
        properties = _properties(record)
        report.user_properties += properties
        item.user_properties += properties  # JUnit reads those of the teardown
    return report


def _properties(record: dict[str, Any]) -> list[tuple[str, object]]:
    evidence = record["evidence"] or {}
    names = ("estimate", "lower", "upper", "n", "p_confirm")
    return [
        ("claim", record["claim"]),
        ("case", record["case"]),
        ("sentence", record["sentence"]),
        ("bearing", record["bearing"]),
        ("kind", record["kind"]),
        ("verdict", record["verdict"] or record["status"]),
        ("provisional", record["provisional"]),
        *((name, evidence.get(name)) for name in names),
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any) -> object:
    """The verdict's own letter and word; pytest's category underneath."""
    return status(report) if isinstance(report, pytest.TestReport) else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect records where the report is written."""
    record = getattr(report, "claim_record", None)
    pilot = getattr(report, "pilot_line", None)
    if pilot is not None and _collected is not None:
        _collected.pilots.setdefault(report.pilot_folder, []).append(pilot)  # type: ignore[attr-defined]
    replicated = getattr(report, "replication_line", None)
    if replicated is not None and _collected is not None:
        _collected.replications.append(replicated)
    if record is None or _collected is None:
        return
    _collected.add(record, report.claim_lines, report.claim_provenances)  # type: ignore[attr-defined]


_collected: Collected | None = None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let the log hook, which is not told the configuration, find where to collect."""
    global _collected
    _collected = session.config.stash.get(COLLECTED, None)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Every verdict in one line, what else is to be known, and where the report is."""
    collected = config.stash.get(COLLECTED, None)
    if collected is None or not (collected.records or collected.pilots or collected.replications):
        return
    notices.tell(terminalreporter, config)
    if collected.replications:
        terminalreporter.section("words on fresh seeds")
        for line in replication.table(collected.replications):
            terminalreporter.write_line(line)
        folder = report_folder(config.stash[SUITE].settings, config.option.markexpr or "")
        path = replication.write(folder, collected.replications)
        terminalreporter.write_line(f"replications: {os.path.relpath(path)}")
    for folder, lines in collected.pilots.items():
        path = write_pilots(Path(folder), lines)
        terminalreporter.write_line(f"pilots of {len(lines)} forms: {os.path.relpath(path)}")
    if not collected.records:
        return
    terminalreporter.section("claims")
    for record in collected.in_order():
        terminalreporter.write_line(verdict_line(record))
    for path in collected.written:
        terminalreporter.write_line(f"report: {os.path.relpath(path)}", bold=True)
