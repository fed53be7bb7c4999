"""Decoding many small image files with a pool of threads."""

import io
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dltheory.cores import available_cores
from dltheory.errors import DataError

from .eight_bits import eight_bits
from .raw import RawImages

logger = logging.getLogger("dltheory.data")

Listed = list[tuple[Path, int]]  # image file and label

_CHUNK = 500  # files per task of the pool
_LOG_EVERY = 10_000  # files


def decode(listed: Listed, shape: tuple[int, int, int], *, resize: bool) -> RawImages:
    """The decoded images in the given order, of shape (channels, height, width) = `shape`.

    With `resize` images of another size are resized (bilinear, without keeping the aspect ratio);
    otherwise they are refused. All files are tried, so that one DataError names all broken files of
    an incomplete copy.
    """
    started = time.monotonic()
    channels, height, width = shape
    pixels = np.empty((len(listed), height, width, channels), dtype=np.uint8)

    def decode_chunk(start: int) -> list[str]:
        """Decode one chunk into `pixels`; return a description of each broken file."""
        stop = min(start + _CHUNK, len(listed))
        reasons = (_decode_into(pixels[i], listed[i][0], resize=resize) for i in range(start, stop))
        return [reason for reason in reasons if reason is not None]

    broken: list[str] = []
    with ThreadPoolExecutor(min(16, available_cores())) as pool:
        starts = range(0, len(listed), _CHUNK)
        for start, reasons in zip(starts, pool.map(decode_chunk, starts), strict=True):
            broken += reasons
            done = min(start + _CHUNK, len(listed))
            if done % _LOG_EVERY == 0 or done == len(listed):
                _log_progress(done, len(listed), started)
    if broken:
        raise DataError(
            f"All {len(listed):,} image files must be whole, and one opaque picture each, of up to "
            f"16 bits a channel; got {len(broken):,} that are not: "
            f"{'; '.join(broken[:5])}{'; …' if len(broken) > 5 else ''}. "
            "Delete what is named and unpack the data set again, or convert it to 8-bit RGB or "
            "grey."
        )
    return RawImages(
        images=torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(),
        labels=torch.tensor([label for _, label in listed], dtype=torch.int64),
    )


def _decode_into(target: np.ndarray, path: Path, *, resize: bool) -> str | None:
    """Decode one image into `target` (height, width, channels); return what is wrong, or None."""
    height, width, channels = target.shape
    content = path.read_bytes()
    try:
        image = _decoded(content, "L" if channels == 1 else "RGB")
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for broken files
        return f"{path} ({len(content):,} bytes; {error})"
    if image.size != (width, height):
        if not resize:
            return f"{path} ({image.width}×{image.height} pixels instead of {width}×{height})"
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    target[...] = np.frombuffer(image.tobytes(), dtype=np.uint8).reshape(target.shape)
    return None


def _decoded(content: bytes, mode: str) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        return eight_bits(image, mode)


def _log_progress(done: int, total: int, started: float) -> None:
    seconds = time.monotonic() - started
    logger.info("Decoded %s of %s images in %.1f s", f"{done:,}", f"{total:,}", seconds)
