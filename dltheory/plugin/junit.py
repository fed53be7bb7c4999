"""JUnit's file beside the report, where nobody named another place for it."""

from __future__ import annotations

from pathlib import Path

import pytest


def write_beside(config: pytest.Config, path: Path) -> None:
    """Let pytest write its JUnit file here, from now on; nothing if it is off, or has a place."""
    junit = config.pluginmanager.get_plugin("junitxml")
    if junit is None or config.option.xmlpath:
        return
    config.option.xmlpath = str(path.absolute())
    before = set(config.pluginmanager.get_plugins())
    junit.pytest_configure(config)
    for plugin in set(config.pluginmanager.get_plugins()) - before:
        plugin.pytest_sessionstart()  # the session is under way
