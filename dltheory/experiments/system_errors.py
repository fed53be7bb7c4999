"""What the operating system says of the store's files, in words that help."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from dltheory.errors import StoreError

FREE_SPACE = "Free some space"
ADVICE = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Make it writable for this user"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "Allow more open files with `ulimit -n`"),
    **dict.fromkeys((errno.ESTALE, errno.EIO), "Start again when the disk answers"),
}
"""What to do about an error of the system, where it is not to free some space."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an operating-system error while writing below a path into a StoreError with advice.

    safetensors reports a full disk as an error of its own.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        whose = f" ({_whose(path)})" if isinstance(error, PermissionError) else ""
        advice = ADVICE.get(getattr(error, "errno", None) or 0, FREE_SPACE)
        raise StoreError(
            "The store must be writable and have room; "
            f"writing {path} failed: {reason}{whose}. "
            f"{advice}, or choose another place with --store=DIR. Finished runs are kept."
        ) from error


@contextmanager
def reading(path: Path, *, of: str = "store", option: str = "--store=DIR") -> Iterator[None]:
    """Turn an operating-system error while reading a path into a StoreError with advice.

    What cannot be read now may be sound, so nobody takes it for damaged. FileNotFoundError and
    IsADirectoryError pass: what is absent, or of another kind, is no error of the system.
    """
    try:
        yield
    except (FileNotFoundError, IsADirectoryError):
        raise
    except NotADirectoryError as error:
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from error
    except OSError as error:
        elsewhere = f", or choose another place with {option}" if option else ""
        raise StoreError(
            f"The {of} must be readable; reading {path} failed: {error.strerror or error} "
            f"({_whose(path)}). Nothing was changed. Start again when the file can be read, or "
            f"give its group permission to read it{elsewhere}."
        ) from error


def _whose(path: Path) -> str:
    """Permissions and owner of a file, or of the nearest folder around it that can be seen."""
    for place in (path, *path.parents):
        with suppress(OSError):
            status = place.stat()
            name = "the file" if place == path else str(place)
            mode = stat.filemode(status.st_mode)
            return f"{name} is {mode} and belongs to {_owner(status)}; this is {_user()}"
    return "its permissions cannot be seen"


def _owner(status: os.stat_result) -> str:
    with suppress(KeyError):
        owner = pwd.getpwuid(status.st_uid).pw_name
        return f"{owner}:{grp.getgrgid(status.st_gid).gr_name}"
    return f"{status.st_uid}:{status.st_gid}"


def _user() -> str:
    with suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())
