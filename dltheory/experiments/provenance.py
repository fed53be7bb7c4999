"""Where numbers were made: commit, versions, machine, time."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "pytest")


def provenance(*, gpus: list[str], command: str) -> dict[str, Any]:
    """Commit, versions and machine as JSON types, with an identifier made of them and the time."""
    commit, dirty = _commit()
    facts: dict[str, Any] = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit,
        "dirty": dirty,
        "versions": {"python": platform.python_version(), **_versions()},
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


def _commit() -> tuple[str, bool]:
    root = Path(__file__).parents[2]

    def git(*words: str) -> str:
        result = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=True
        )
        return result.stdout.strip()

    try:
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
