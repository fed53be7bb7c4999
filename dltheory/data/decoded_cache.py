"""A cache of decoded pixels in files, so that each set of source files is decoded once."""

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
    """The cache file exists but is corrupt."""


def decoded(name: str, source: Source, *, shape: tuple[int, ...], cache: Path) -> RawSplits:
    """The decoded images of the source.

    They are read from `<cache>/<name>-<fingerprint>.safetensors` if this file is valid. Otherwise
    the source is decoded and the file is written. If several processes need it at once, one decodes
    and the others wait.
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
    """The first 20 hexadecimal digits of the SHA-256 of the source's images and labels.

    The digest is stored in the cache file. If there is no such file, the source is decoded. Nothing
    is written.
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
    """The SHA-256 of the relative path, size and modification time (ns) of every file.

    The shape, the form of the source and the version of the decoder are included.
    """
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
    """The SHA-256 of the tensors' values, without metadata of the file format."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(tensors[name].numpy().data)
    return digest.hexdigest()


def _read(path: Path) -> RawSplits:
    """The images in the file; raises _Unusable if their digest is not the one stored with them."""
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
    """The existing file, opened; raises OSError if that fails.

    safetensors raises FileNotFoundError for every failure to open a file.
    """
    try:
        return safe_open(path, framework="pt")
    except FileNotFoundError as error:
        raise OSError(errno.EIO, f"safetensors could not open it ({error})") from error


def _write(path: Path, raw: RawSplits) -> None:
    """Write to a temporary name and then rename, so that the file is complete or absent."""
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
