"""Decoded pixels, kept in a file so that decoding happens once per set of source files."""

import contextlib
import errno
import hashlib
import logging
import os
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from .locking import locked, unwritable
from .raw import RawImages, RawSplits
from .source import Source

logger = logging.getLogger("dltheory.data")

_VERSION = 2  # raise it when decoding changes, so that old files are not found any more


class _Unusable(Exception):
    """The cache file is there, but not as it was written."""


def decoded(name: str, source: Source, *, shape: tuple[int, ...], cache: Path) -> RawSplits:
    """What the source reads, from `<cache>/<name>-<fingerprint>.safetensors` if that is whole.

    Several processes may ask at once: one decodes, the others wait for its file.
    """
    path = _path(name, source, shape, cache)
    with contextlib.suppress(FileNotFoundError, _Unusable):
        return _read(path)
    with locked(path.with_suffix(".lock")):
        try:
            return _read(path)
        except FileNotFoundError:
            logger.info("Decoding %s files of %s", f"{len(source.files):,}", source.form)
        except _Unusable as reason:
            logger.warning("%s is corrupt (%s) and will be decoded again", path, reason)
        raw = source.read()
        _write(path, raw)
        return raw


def decoded_digest(name: str, source: Source, *, shape: tuple[int, ...], cache: Path) -> str:
    """20 hexadecimal digits for what the source reads; from the cache's file if that is whole.

    The digest is kept with the pixels, so files that did not change since are not read for it.
    Nothing is written.
    """
    path = _path(name, source, shape, cache)
    with (
        contextlib.suppress(FileNotFoundError, SafetensorError, KeyError),
        path.open("rb"),
        _opened(path) as file,
    ):
        return (file.metadata() or {})["sha256"][:20]
    return _digest(_tensors(source.read()))[:20]


def _path(name: str, source: Source, shape: tuple[int, ...], cache: Path) -> Path:
    return cache / f"{name}-{fingerprint(source, shape)}.safetensors"


def fingerprint(source: Source, shape: tuple[int, ...]) -> str:
    """SHA-256 of relative path, size and modification time (ns) of every file, in sorted order."""
    folder_length = len(str(source.folder)) + 1
    lines = []
    for path in map(str, source.files):
        status = os.stat(path)  # noqa: PTH116 (60,000 calls: half the time of Path.stat)
        lines.append(f"{path[folder_length:]}\0{status.st_size}\0{status.st_mtime_ns}")
    lines.sort()
    lines.append(f"version {_VERSION}, shape {shape}, {source.form}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _tensors(raw: RawSplits) -> dict[str, Tensor]:
    return {
        "train_images": raw.train.images,
        "train_labels": raw.train.labels,
        "test_images": raw.test.images,
        "test_labels": raw.test.labels,
    }


def _digest(tensors: dict[str, Tensor]) -> str:
    """SHA-256 of the numbers, whatever the file format adds to them."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(tensors[name].numpy().data)
    return digest.hexdigest()


def _read(path: Path) -> RawSplits:
    """The arrays in the file, if they have the digest that was written with them."""
    try:
        with path.open("rb"), _opened(path) as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        raw = RawSplits(
            train=RawImages(images=tensors["train_images"], labels=tensors["train_labels"]),
            test=RawImages(images=tensors["test_images"], labels=tensors["test_labels"]),
        )
    except SafetensorError as error:
        raise _Unusable(str(error)) from error
    except KeyError as error:
        raise _Unusable(f"without {error}") from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unwritable(path, error) from error
    if metadata.get("sha256") != _digest(tensors):
        raise _Unusable("its SHA-256 is not the one that was written")
    return raw


def _opened(path: Path) -> safe_open:
    """A file that is there; safetensors calls whatever keeps it from opening one "not found"."""
    try:
        return safe_open(path, framework="pt")
    except FileNotFoundError as error:
        raise OSError(errno.EIO, f"safetensors could not open it ({error})") from error


def _write(path: Path, raw: RawSplits) -> None:
    """Write to another name, then rename: the file is complete or absent."""
    tensors = _tensors(raw)
    content = safetensors.torch.save(tensors, metadata={"sha256": _digest(tensors)})
    unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise unwritable(path, error) from error
