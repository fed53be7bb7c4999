"""JUnit's file beside the report, where nobody named another place for it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

NOTHING_RAN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)


class BesideTheReport:
    """Keeps a session in which nothing ran from leaving an empty file, or from replacing another.

    pytest writes the file at the end of every session, also of one that ends with a usage error.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Generator[None]:
        """Leave the folder of the report as it was if nothing ran."""
        before = self.path.read_bytes() if self.path.exists() else None
        made = [folder for folder in self.path.parents if not folder.exists()]
        yield
        if exitstatus not in NOTHING_RAN:
            return
        if before is not None:
            self.path.write_bytes(before)
            return
        self.path.unlink(missing_ok=True)
        with suppress(OSError):  # something else was put there
            for folder in made:
                folder.rmdir()
