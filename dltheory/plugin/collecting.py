"""The hooks that collect: records as they arrive, the report at the end, and what is said of it.

They join the process that owns the terminal, once a claim was collected there or in a worker of
xdist.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dltheory.errors import DLTheoryError
from dltheory.experiments.interrupt import take_as_interrupt
from dltheory.plugin import lost_workers, replication
from dltheory.plugin.closing import closing_lines, why_failed
from dltheory.plugin.failures import message
from dltheory.plugin.junit import write_beside
from dltheory.plugin.options import Settings
from dltheory.plugin.outcomes import status, verdict_line
from dltheory.plugin.pilots import stale_lines, write_pilots
from dltheory.plugin.second_interrupt import told_of_the_next
from dltheory.plugin.selection import Selection
from dltheory.plugin.suite import CASE, Suite
from dltheory.plugin.transport import unpack
from dltheory.plugin.watching import Watcher
from dltheory.plugin.writing import (
    Collected,
    Identity,
    Record,
    folder_of,
    identity,
    report_folder,
    write_reports,
)
from dltheory.reporting.visible import visible

ENDED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
CRASHED = pytest.ExitCode.INTERNAL_ERROR  # of pytest or of a plugin: nobody stopped the session


class Collecting:
    """The plugin of the process that owns the terminal."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.collected = Collected()
        self.selection = Selection(root=config.rootpath)
        self.expected: dict[Identity, Callable[[], Record]] = {}
        """What each selected claim's record is, if nothing is heard of it."""
        self.kept: Path | None = None
        self.notices: dict[str, None] = {}
        self.failed: dict[str, str] = {}
        """Why each test of a claim failed, by its id."""
        self.refused = ""
        self.watcher: Watcher | None = None

    # ── what is to be judged ──────────────────────────────────────────────────────────────────

    def expect_items(self, suite: Suite, items: Sequence[pytest.Item]) -> None:
        """These items are judged in this process."""

        def lost(item: pytest.Item) -> Callable[[], Record]:
            return lambda: suite.lost(item)

        for item in items:
            case = CASE.of(item)
            assert case is not None
            self.expected[case.claim.id, case.name, case.tier] = lost(item)
        self._keep_junit()

    def expect(self, kept: Path) -> None:
        """These claims, which a worker of xdist wrote down, are judged in workers."""
        first, self.kept = self.kept is None, kept
        for record in lost_workers.records(kept):
            self.expected[identity(record)] = lambda record=record: record
        if first:
            self.config.add_cleanup(take_as_interrupt())
            self._keep_junit()
            self.watch()

    def watch(self) -> None:
        """Show what is being made."""
        if self.watcher is None and self.settings.measurements is None:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # no standard output
                self.watcher = Watcher(self.settings.store / "progress")
                self.watcher.start()

    def _keep_junit(self) -> None:
        tiers = {folder_of(tier) for _, _, tier in self.expected}
        if self.expected and self._reports:
            folder = report_folder(self.settings, "full" if "full" in tiers else "fast")
            write_beside(self.config, folder / "junit.xml")

    @property
    def _reports(self) -> bool:
        """Whether verdicts are reported in this session."""
        return self.settings.pilots is None and self.settings.replicate is None

    # ── what is heard ─────────────────────────────────────────────────────────────────────────

    def unpack(self, data: dict[str, Any]) -> None:
        """Put what a worker's report carries back in its place."""
        unpack(data)

    def learn(self, told: Mapping[str, Any]) -> None:
        """Take over what a process that judged tells at its end."""
        self.selection.add(told["selection"])
        self.notices.update(dict.fromkeys(told["notices"]))
        self.refused = self.refused or told["refused"]

    def mark_lost(self, crashitem: str, report: Any) -> None:
        """Give the report of a lost worker the record of the claim that it was judging."""
        found = (make() for make in self.expected.values())
        record = next((r for r in found if r["test"] == crashitem), None)
        if record is not None:
            report.claim_record, report.claim_lines, report.claim_provenances = record, [], []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a claim's record, or what pilots and replications told of it."""
        pilot = getattr(report, "pilot_line", None)
        if pilot is not None:
            folder = report.pilot_folder  # type: ignore[attr-defined]
            self.collected.pilots.setdefault(folder, []).append(pilot)
        replicated = getattr(report, "replication_line", None)
        if replicated is not None:
            self.collected.replications.append(replicated)
        record = getattr(report, "claim_record", None)
        if record is not None:
            self.collected.add(record, report.claim_lines, report.claim_provenances)  # type: ignore[attr-defined]
            if report.failed:
                self.failed[report.nodeid] = why_failed(record)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> object:
        """The verdict's own letter and word; pytest's category underneath."""
        return status(report) if isinstance(report, pytest.TestReport) else None

    # ── the end ───────────────────────────────────────────────────────────────────────────────

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Let nobody who presses Ctrl-C again meet a traceback instead of a report."""
        self.config.add_cleanup(told_of_the_next())

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the report of what was judged."""
        if self.watcher is not None:
            self.watcher.stop()
        if self.kept is not None:
            self.kept.unlink(missing_ok=True)
        if self.refused:
            pytest.exit(self.refused, returncode=int(pytest.ExitCode.USAGE_ERROR))
        ended = exitstatus in ENDED and not (session.shouldfail or session.shouldstop)
        missing = (ended or exitstatus == CRASHED) and self._reports and self._complete()
        if missing and ended:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if not ended:
            self.selection.folders.clear()
        if not self.collected.records:
            return
        try:
            self.collected.written = write_reports(self.settings, self.collected, self.selection)
        except Exception as error:  # noqa: BLE001  records are lost, whatever the reason
            said = str(error) if isinstance(error, (DLTheoryError, OSError)) else message(error)
            pytest.exit(f"the report was not written: {visible(said)}", returncode=3)

    def _complete(self) -> bool:
        """Give each claim of which nothing was heard its record; whether there was one."""
        missing = [name for name in self.expected if name not in self.collected.records]
        for name in missing:
            self.collected.add(self.expected[name](), [], [])
        return bool(missing)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Every verdict in one line, what else is to be known, and where the report is."""
        say = terminalreporter.write_line
        if self.notices:
            terminalreporter.section("notices")
        for notice in self.notices:
            say(visible(notice))
        for line in self._kept_apart(terminalreporter):
            say(line)
        if self.collected.records:
            terminalreporter.section("claims")
        for record in self.collected.in_order():
            say(verdict_line(record))
        for line in stale_lines(self.collected.in_order()):
            say(visible(line))

    def pytest_unconfigure(self) -> None:
        """The last lines, below pytest's own count: what holds, what failed, the reports."""
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is None or not self.collected.records:
            return
        terminal.section("what holds")
        folders = [path.parent for path in self.collected.written]
        for line in closing_lines(self.collected.in_order(), self.failed, folders):
            terminal.write_line(line)
        for path in self.collected.written:
            terminal.write_line(f"report: {os.path.relpath(path)}", bold=True)

    def _kept_apart(self, terminalreporter: Any) -> Iterator[str]:
        """What replications and pilots told, which is in no report; writes it."""
        lines = self.collected.replications
        if lines:
            terminalreporter.section("words on fresh seeds")
            yield from replication.table(lines)
            tiers = {folder_of(line["tier"]) for line in lines}
            folder = report_folder(self.settings, "full" if "full" in tiers else "fast")
            yield f"replications: {os.path.relpath(replication.write(folder, lines))}"
        for folder, pilots in self.collected.pilots.items():
            path = write_pilots(Path(folder), pilots)
            yield f"pilots of {len(pilots)} forms: {os.path.relpath(path)}"
