"""Where numbers were made: commit, versions, machine, time."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "pytest")


def provenance(*, root: Path, gpus: list[str], command: str, date: str) -> dict[str, Any]:
    """Commit, versions and machine as JSON types, with an identifier made of them and the date.

    The commit is that of the repository which has the root of the claims. Beside the version of
    this library stands the commit it comes from, where that is another repository.
    """
    commit, dirty = _commit(root)
    facts: dict[str, Any] = {
        "date": date,
        "commit": commit,
        "dirty": dirty,
        "versions": {
            "python": platform.python_version(),
            "dltheory": _own_version(commit),
            **_versions(),
        },
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count() or 1,
        "gpus": gpus,
        "command": command,
    }
    identifier = hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()[:8]
    return {"schema": 1, "provenance": identifier, **facts}


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _own_version(commit: str) -> str:
    """The version of this library: as installed, or as the tree that it is imported from says."""
    tree = Path(__file__).parents[2]
    project = tree / "pyproject.toml"
    own = re.search(r'^version = "(.+)"$', project.read_text(), re.M) if project.is_file() else None
    try:
        number = own.group(1) if own else version("dltheory")
    except PackageNotFoundError:
        number = "unknown"
    if own is None:
        return number
    source, _ = _commit(tree)
    return number if source in ("unknown", commit) else f"{number} (commit {source})"


def _commit(root: Path) -> tuple[str, bool]:
    """The commit of the repository that has this folder, and whether anything differs from it."""

    def git(*words: str) -> str:
        result = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *words],
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
        )
        return result.stdout.strip()

    try:
        git("rev-parse", "--verify", "--quiet", "HEAD:./")  # a repository around it may not have it
        # Reports are generated, so a rewritten one does not make the code another.
        changed = git("status", "--porcelain", "--", ":!reports", ":!README.md")
        return git("rev-parse", "--short=10", "HEAD"), bool(changed)
    except (OSError, subprocess.CalledProcessError):
        return "unknown", False


def _cpu() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
