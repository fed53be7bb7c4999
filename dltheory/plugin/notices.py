"""What the library wants to be known, in the terminal's summary: repairs, halved batches, kills."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import pytest

from dltheory.experiments.notices import Notices

NOTICES = pytest.StashKey[Notices]()
LOG = logging.getLogger("dltheory")


def listen(config: pytest.Config) -> None:
    """Collect what is logged until the session is over."""
    notices = config.stash[NOTICES] = Notices()
    LOG.addHandler(notices)
    config.add_cleanup(lambda: LOG.removeHandler(notices))


def said(config: pytest.Config) -> list[str]:
    """What this process has collected, each sentence once."""
    return config.stash[NOTICES].said


def receive(notices: Iterable[str]) -> None:
    """Take what a worker of xdist has collected."""
    for notice in notices:
        LOG.warning("%s", notice)


def tell(terminalreporter: Any, config: pytest.Config) -> None:
    """Every notice in one line."""
    notices = said(config)
    if notices:
        terminalreporter.section("notices")
    for notice in notices:
        terminalreporter.write_line(notice)
