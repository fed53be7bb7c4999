"""Files that are complete or absent, and that notice when they were damaged."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from dltheory.experiments.system_errors import reading, writing


class Damaged(Exception):
    """A file of the store is truncated, altered or not ours; says which and how."""


def listed(folder: Path) -> list[Path]:
    """What is in a folder, in order; nothing if it is absent. StoreError if it cannot be read."""
    with suppress(FileNotFoundError), reading(folder):
        return sorted(folder / name for name in os.listdir(folder))  # noqa: PTH208  glob hides errors
    return []


def temporary_beside(path: Path) -> Path:
    """A name in the same folder that no other process uses; renaming it is atomic."""
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")


def writer_of(temporary: Path) -> int | None:
    """The process that such a name was made by."""
    found = re.search(r"\.(\d+)-[0-9a-f]{8}\.tmp$", temporary.name)
    return int(found.group(1)) if found else None


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that any reader, now or after a crash, sees all of it or none."""
    temporary = temporary_beside(path)
    with writing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def seal(body: Any) -> bytes:
    """JSON of {sha256, body}, the digest being that of the body's canonical JSON."""
    return json.dumps({"sha256": _digest(body), "body": body}, sort_keys=True).encode()


def unseal(path: Path) -> Any:
    """The body of a sealed file; Damaged if it is not exactly what was written.

    FileNotFoundError if there is none, StoreError if the system cannot read it.
    """
    try:
        with reading(path):
            content = path.read_bytes()
    except IsADirectoryError as error:
        raise Damaged(f"{path} is a folder, not a file of this store") from error
    try:
        sealed = json.loads(content)
        body, expected = sealed["body"], sealed["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{path} is not a complete file of this store") from error
    if _digest(body) != expected:
        raise Damaged(f"{path} does not match the checksum it carries")
    return body


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return open_file_digest(file)


def open_file_digest(file: IO[bytes]) -> str:
    """SHA-256 of what is left to read of an open file."""
    sha = hashlib.sha256()
    while block := file.read(1 << 20):
        sha.update(block)
    return sha.hexdigest()


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
