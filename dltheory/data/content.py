"""What the files of a data set hold, as a digest: the same files give the same one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .spec import DataSpec

if TYPE_CHECKING:
    from .splits import Splits

LIBRARY = __name__.partition(".")[0]


@runtime_checkable
class KnowsContent(Protocol):
    """A data set that can tell what its files hold without being loaded."""

    def content(self, root: Path, *, cache: Path) -> str:
        """A digest of what the files hold; "" if it reads none. Nothing is written."""
        ...


def content_of(data: DataSpec, root: Path, *, cache: Path, keep: bool = True) -> str:
    """A digest of what a data set reads from files; "" where its description says all.

    A data set of another package that does not tell is loaded, and its numbers are digested; with
    `keep=False` what it decodes for that is not kept in `cache`. Raises what loading raises if the
    files are not there.
    """
    if isinstance(data, KnowsContent):
        return data.content(root, cache=cache)
    if type(data).__module__.partition(".")[0] == LIBRARY:
        return ""
    if keep:
        return digest_of_splits(data.load(root, cache=cache, download=False))
    with TemporaryDirectory() as elsewhere:
        return digest_of_splits(data.load(root, cache=Path(elsewhere), download=False))


def digest_of_splits(splits: Splits) -> str:
    """20 hexadecimal digits for the images and labels of all splits."""
    sha = hashlib.sha256()
    for name in ("train", "validation", "test"):
        part = getattr(splits, name)
        if part is not None:
            for tensor in (part.images, part.labels):
                sha.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
                sha.update(tensor.cpu().contiguous().numpy().data)
    return sha.hexdigest()[:20]
