"""The hooks that judge: select, plan, make once what is needed, and judge each claim.

They join a session when its first claim is collected, in the process that collects: a worker of
xdist, or the only process. Under xdist every worker plans the same work, and they share it through
the store's locks.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import MarkMatcher
from _pytest.mark.expression import Expression

from dltheory.errors import AllRunsLost, DLTheoryError, EngineError, StoreError
from dltheory.experiments.interrupt import take_as_interrupt
from dltheory.experiments.notices import Notices, log
from dltheory.plugin import lost_workers
from dltheory.plugin.collecting import Collecting
from dltheory.plugin.failures import message, told_traceback
from dltheory.plugin.form import cases, holds_a_claim, parameter
from dltheory.plugin.marks import declare
from dltheory.plugin.notices import noted
from dltheory.plugin.options import Settings
from dltheory.plugin.outcomes import ClaimNotJudged, conclude
from dltheory.plugin.pilots import pilot_line
from dltheory.plugin.places import require_place
from dltheory.plugin.planning import print_plan
from dltheory.plugin.replication import replication_line
from dltheory.plugin.seals import marked
from dltheory.plugin.selection import Selection, walked
from dltheory.plugin.suite import CASE, Suite
from dltheory.plugin.transport import packed
from dltheory.plugin.trial import Trial
from dltheory.plugin.workers import worker_number
from dltheory.plugin.writing import REPORTS, folder_of
from dltheory.reporting.records import require_readable
from dltheory.reporting.visible import visible

REPLICATION = pytest.StashKey[dict[str, Any]]()
PILOT = pytest.StashKey[dict[str, Any] | None]()

NO_SEEDS = "replicate: left out, since it runs nothing on seeds that could be others"


class Judging:
    """The plugin of a process that collects and judges claims."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        session: Mapping[str, Any],
        collecting: Collecting | None,
    ) -> None:
        self.config = config
        self.settings = settings
        self.collecting = collecting
        """What writes the report; None in a worker of xdist, whose controller does."""
        self.worker = worker_number(config)
        self.suite = Suite(settings=settings, worker=self.worker, config=config, session=session)
        self.selection = Selection(root=config.rootpath, folders=walked(config))
        self.read: list[str] = []
        self.refused = ""
        self.notices = notices = Notices()
        log.addHandler(notices)
        config.add_cleanup(lambda: log.removeHandler(notices))
        declare(config)

    # ── selection ─────────────────────────────────────────────────────────────────────────────

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One item for every form of a claim."""
        mark = metafunc.definition.get_closest_marker("claim")
        if mark is not None and holds_a_claim(mark):
            if "case" not in metafunc.fixturenames:
                metafunc.fixturenames.append("case")
            given = [parameter(case) for case in cases(mark)]
            metafunc.parametrize("case", given, indirect=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        """Leave the full tier out unless it was asked for; refuse what cannot be judged."""
        there = [item for item in items if CASE.of(item) is not None]
        yield
        left_out = [item for item in items if CASE.of(item) and not self._asked_for(item)]
        if left_out:
            self.config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
        selected = set(items)
        for item in there:
            case = CASE.of(item)
            if case is not None and item not in selected:
                self.selection.narrowed.add(folder_of(case.tier))
        try:
            self._refuse(items)
        except pytest.UsageError as error:
            if self.worker is None:
                raise
            self.refused = str(error)
            items.clear()
        if self.worker is not None:
            lost_workers.keep(self.suite, items)

    def _asked_for(self, item: pytest.Item) -> bool:
        """Whether the full tier is what the expression of -m selects this item for."""
        if item.get_closest_marker("full") is None:
            return True
        expression = getattr(self.config.option, "markexpr", "")
        if not expression:
            return False
        others = [mark for mark in item.iter_markers() if mark.name != "full"]
        return not Expression.compile(expression).evaluate(MarkMatcher.from_markers(others))

    def _refuse(self, items: Sequence[pytest.Item]) -> None:
        judged = [item for item in items if CASE.of(item) is not None]
        if not judged:
            return
        reruns = getattr(self.config.option, "reruns", None)
        if reruns:
            raise pytest.UsageError(
                f"Claims take no --reruns (got {reruns}): repeating a test until it "
                "passes makes its error rate 1 − (1 − α)^k. Use --seeds for more evidence."
            )
        _refuse_repetition(judged)
        self.suite.require_seeds(judged)
        if self.config.option.collectonly or self.settings.plan:
            return
        if self.settings.out is None:
            require_place(REPORTS, "--out", "the report")
        if self.settings.measurements is None:
            require_place(self.settings.store, "--store", "runs")

    # ── the session ───────────────────────────────────────────────────────────────────────────

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Make everything that the selected claims need, once, before the first is judged."""
        options = self.config.option
        items = [item for item in session.items if CASE.of(item) is not None]
        if options.collectonly or not items:
            return None
        if session.testsfailed and not options.continue_on_collection_errors:
            return None
        if self.settings.plan:
            session.testsfailed += print_plan(self.suite, items, self._terminal())
            session.items.clear()
            return True
        if self.collecting is not None:
            self.collecting.watch()
        self.config.add_cleanup(take_as_interrupt())
        self.config.add_cleanup(self.suite.close)
        try:
            self.suite.provide_first(items)
            self.suite.provide_later_looks(items)
        except (StoreError, EngineError) as error:  # said before anything is begun
            if self.worker is not None:
                return None  # each test meets it again, and says so
            raise pytest.UsageError(str(error)) from error
        if self.collecting is not None:
            self.collecting.expect_items(self.suite, items)
        return None

    def _terminal(self) -> Any:
        if self.config.pluginmanager.get_plugin("terminalreporter") is not None:
            return self.config.get_terminal_writer()
        from _pytest.config import create_terminal_writer

        return create_terminal_writer(self.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:  # noqa: ARG002  a hook's form
        """Tell what was selected, and what was noticed, to whom writes the report."""
        self.suite.close()  # what helpers noticed is then known
        self.selection.read.update(self.read)
        told = {
            "selection": self.selection.told(),
            "notices": self.notices.said,
            "refused": self.refused,
        }
        if self.collecting is not None:
            self.collecting.learn(told)
        else:
            self.config.workeroutput["dltheory"] = told  # type: ignore[attr-defined]

    # ── one claim ─────────────────────────────────────────────────────────────────────────────

    @pytest.fixture
    def case(self, request: pytest.FixtureRequest) -> Trial:
        """The claim and form of this item, before its judge."""
        return self.suite.trial(request.node)

    @pytest.fixture
    def measured(self, case: Trial) -> Any:
        """`measured(quantity, worst=…)`: one array over seeds for each arm of this form."""
        return case.measured

    @pytest.fixture
    def judge(self, case: Trial) -> Any:
        """`judge(evidence, controls=…, mutants=…)`: decide the claim; called once."""
        return case.judge

    @pytest.fixture
    def tier(self, case: Trial) -> str:
        """The tier of this form: "static", "fast" or "full"."""
        return case.case.tier

    @pytest.fixture
    def case_name(self, case: Trial) -> str:
        """The name of this case among those of its tier; "" where there is one."""
        return case.case.name

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> object:
        """Hold a claim's trial, look by look, and raise what its verdict means."""
        case, suite = CASE.of(pyfuncitem), self.suite
        if case is None:
            return None
        if suite.settings.replicate is not None and case.form.experiment is None:
            pytest.skip(NO_SEEDS)
        # A test that asks for nothing has no trial yet; it is held to its call of judge all the
        # same.
        found = pyfuncitem.funcargs.get("case")
        trial = found if isinstance(found, Trial) else suite.trial(pyfuncitem)
        names = pyfuncitem._fixtureinfo.argnames
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        try:
            trial.hold(lambda: pyfuncitem.obj(**arguments), lambda n: suite.provide(trial, n))
        except AllRunsLost as error:
            pyfuncitem.stash[CASE.record] = trial.failure(str(error), status="lost")
            raise ClaimNotJudged(visible(str(error))) from None
        except DLTheoryError as error:
            raise ClaimNotJudged(visible(str(error))) from error
        if suite.settings.pilots is not None:
            line = pilot_line(trial)
            pyfuncitem.stash[PILOT] = line
            pytest.skip(
                "pilots: nothing is judged" if line else "pilots: exact evidence needs none"
            )
        record = self._judged(trial)
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

    def _judged(self, trial: Trial) -> dict[str, Any]:
        """The record of a judged trial, with what is to be said of the numbers it rests on."""
        record = noted(trial.record(), self.notices.said, self.settings.store)
        require_readable(record)
        if self.settings.measurements is None:
            return record
        lines = list(trial.lines.values())
        return marked(record, lines, self.suite.provenances_of(lines))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach record and measurements, as plain JSON types, so that they cross xdist."""
        report = yield
        if CASE.of(item) is None:
            return report
        if report.failed and call.when in ("setup", "call"):
            shown = visible(str(report.longrepr))
            if shown != str(report.longrepr):
                report.longrepr = shown
        try:
            self._attach(item, call, report)
        except Exception as error:  # noqa: BLE001  one claim's error, which must not end the session
            report.outcome = "failed"
            report.longrepr = visible(f"{message(error)}\n{told_traceback(error, Path.cwd())}")
            _carry(report, self.suite.failure(item, error), [], [])
        return report

    def _attach(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        if call.when == "call" and (replicated := item.stash.get(REPLICATION, None)) is not None:
            report.replication_line = replicated  # type: ignore[attr-defined]
        if call.when == "call" and (pilot := item.stash.get(PILOT, None)) is not None:
            report.pilot_line = pilot  # type: ignore[attr-defined]
            report.pilot_folder = str(item.path.parent)  # type: ignore[attr-defined]
        record = item.stash.get(CASE.record, None) or self._unjudged(item, call, report)
        if record is None or call.when not in ("setup", "call"):
            return
        trial = getattr(item, "funcargs", {}).get("case")
        lines = list(trial.lines.values()) if isinstance(trial, Trial) else []
        _carry(report, record, lines, self.suite.provenances_of(lines))
        properties = _properties(record)
        report.user_properties += properties
        item.user_properties += properties  # JUnit reads those of the teardown

    def _unjudged(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> dict[str, Any] | None:
        """The record of a claim that was not judged: an error, or a test that was skipped."""
        excinfo = call.excinfo
        others = self.settings.pilots is not None or self.settings.replicate is not None
        if excinfo is None or call.when == "teardown":
            return None
        if excinfo.errisinstance((pytest.skip.Exception, pytest.xfail.Exception)):
            return None if others else self.suite.skipped(item, message_of_skip(excinfo.value))
        if not isinstance(excinfo.value, (Exception, pytest.fail.Exception)):
            return None  # Ctrl-C, or pytest.exit: the session ends, and the claim was not judged
        return None if report.passed else self.suite.failure(item, excinfo.value)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
        """Pack what a claim's report carries, so that any text crosses xdist."""
        data = yield
        return packed(data) if data and hasattr(report, "claim_record") else data


def message_of_skip(skipped: BaseException) -> str:
    """Why a test was skipped."""
    return f"The test was skipped: {getattr(skipped, 'msg', None) or message(skipped)}."


def _carry(
    report: Any,
    record: dict[str, Any],
    lines: list[Mapping[str, Any]],
    provenances: list[Mapping[str, Any]],
) -> None:
    report.claim_record = record
    report.claim_lines = lines
    report.claim_provenances = provenances


def _word_on_block(
    suite: Suite, item: pytest.Function, arguments: Mapping[str, Any], block: int
) -> str:
    """The word, or the status, of a form on a block of fresh seeds."""
    trial = suite.trial(item, block)
    of_block = trial.gives
    given = {name: of_block.get(name, value) for name, value in arguments.items()}
    try:
        trial.hold(lambda: item.obj(**given), lambda n: suite.provide(trial, n))
    except AllRunsLost:
        return "LOST"
    assert trial.outcome is not None
    return trial.outcome.judgement.verdict


def _properties(record: dict[str, Any]) -> list[tuple[str, object]]:
    evidence = record["evidence"] or {}
    names = ("estimate", "lower", "upper", "n", "p_confirm")
    told = [
        ("claim", record["claim"]),
        ("case", record["case"]),
        ("sentence", record["sentence"]),
        ("bearing", record["bearing"]),
        ("kind", record["kind"]),
        ("verdict", record["verdict"] or record["status"]),
        ("provisional", record["provisional"]),
        *((name, evidence.get(name)) for name in names),
    ]
    return [(name, visible(value) if isinstance(value, str) else value) for name, value in told]


def _refuse_repetition(items: Sequence[pytest.Item]) -> None:
    judges: dict[tuple[str, str, str], str] = {}
    for item in items:
        case = CASE.of(item)
        assert case is not None
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
