"""Files that are either complete or absent."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from dltheory.reporting.visible import visible


def write(path: Path, text: str) -> None:
    """Put the text at ``path``, by way of a temporary file in the same folder.

    Its mode is what the umask says. Half a character, which UTF-8 cannot say, is written out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(_encoded(text))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return visible(text).encode()
