"""Writes the folder of a new paper: three claims that run, and what pytest and CI need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dltheory.errors import SpecError

PROJECT = Path(__file__).with_name("project")
EXAMPLE = "example2020"
"""The citation key in the files that are copied."""

CONFIGURATIONS = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
TESTPATHS = '[tool.pytest.ini_options]\ntestpaths = ["claims"]\npythonpath = ["."]\n'
_KEY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Started:
    """What was written, and what the user is to add to files that were there already."""

    written: tuple[Path, ...]
    advice: tuple[str, ...] = field(default=())


def start(key: str, folder: Path) -> Started:
    """Write `claims/<key>/` below a folder, and around it what is missing there.

    The folder has a paper with an invented table and three claims, decided by trainings, by a
    computation and by print. A pytest configuration and a CI workflow are written where there are
    none; files that exist stay as they are.

    Raises SpecError if the key is no citation key or its folder exists. Nothing is written then.
    """
    if not _KEY.fullmatch(key):
        raise SpecError(
            "A citation key is a folder's name that Python can import: a lower-case letter, then "
            f"lower-case letters, digits and underscores; got {key!r}. Write for example "
            "cohen2021edge."
        )
    place = folder / "claims" / key
    if place.exists():
        raise SpecError(
            f"The folder of a new paper must not exist; got {place}, which does. Choose another "
            "key, or go on in that folder."
        )
    configured = [name for name in CONFIGURATIONS if (folder / name).exists()]
    kept, advice = set[Path](), []
    if configured:
        kept.add(Path("pyproject.toml"))
        if not any(_configures_pytest(folder / name) for name in configured):
            advice.append(f"Add this to {configured[0]}, so that pytest finds claims:\n{TESTPATHS}")
    if any((folder / ".github" / "workflows").glob("*.y*ml")):
        kept.add(Path(".github/workflows/claims.yml"))
        advice.append("Let your workflow run `pytest -m fast`, and keep .runs between its runs.")
    return Started(written=tuple(_write(key, folder, kept)), advice=tuple(advice))


def _configures_pytest(path: Path) -> bool:
    return "pytest" in path.name or "[tool.pytest" in path.read_text("utf-8", errors="replace")


def _write(key: str, folder: Path, kept: set[Path]) -> Iterator[Path]:
    for source in sorted(PROJECT.rglob("*")):
        inside = source.relative_to(PROJECT)
        target = folder / str(inside).replace(EXAMPLE, key)
        if source.is_dir() or "__pycache__" in inside.parts or inside in kept or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8").replace(EXAMPLE, key)
        target.write_text(text, encoding="utf-8")
        yield target
