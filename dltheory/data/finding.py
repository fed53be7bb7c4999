"""Finding a published data set below the user's data root, or downloading it on request."""

from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError

from dltheory.errors import DataError
from dltheory.presence import is_there

from .image_tree import tree_source
from .locking import locked
from .published import Published
from .raw import RawSplits
from .source import Source
from .torchvision_import import torchvision_datasets

Reader = Callable[[Path], RawSplits]


def find(published: Published, read: Reader, root: Path, *, cache: Path, download: bool) -> Source:
    """The source of a published data set below `root`.

    It is torchvision's own layout if that exists, and otherwise the tree of images. With
    `download`, the data set is first downloaded into torchvision's layout, unless it is complete or
    a tree of images exists. DataError is raised if neither layout is found.
    """
    if download:
        with locked(cache / f"{published.name}-download.lock"):
            if _should_fetch(published, root):
                _fetch(published, root)
    check_root(root)
    folder = root / published.folder
    if _is_there(folder):
        return _original_source(published, read, folder)
    if _is_there(root / published.name):
        return tree_source(
            root / published.name,
            title=published.title,
            shape=published.shape,
            classes=published.classes,
            expected=(published.train, published.test),
        )
    raise DataError(
        f"{published.title} must be below the data root, as {published.layouts}; "
        f"got {root}, which has neither. "
        "Give --data-root=DIR, or --download to fetch it through torchvision."
    )


def check_root(root: Path) -> None:
    """Raise DataError unless the data root is a folder."""
    if not _is_there(root) or not root.is_dir():
        raise DataError(
            f"The data root must be a folder; got {root}, which is not there. "
            "Give --data-root=DIR, or --download to fetch published data sets into it."
        )


def _original_source(published: Published, read: Reader, folder: Path) -> Source:
    missing = [name for name in published.files if not _is_there(folder / name)]
    if missing:
        raise DataError(
            f"{folder} must hold the {len(published.files)} files of {published.title}; "
            f"got {len(published.files) - len(missing)}, without {', '.join(missing)}. "
            "Unpack the data set again, or give --download to fetch it through torchvision."
        )
    return Source(
        folder=folder,
        files=tuple(folder / name for name in published.files),
        read=lambda: read(folder),
        form=f"{published.title}, original files",
    )


def _should_fetch(published: Published, root: Path) -> bool:
    """Whether to download: torchvision's layout is incomplete, or neither layout exists.

    If only a tree of images exists, nothing is downloaded.
    """
    folder = root / published.folder
    if all(_is_there(folder / name) for name in published.files):
        return False
    return _is_there(folder) or not _is_there(root / published.name)


def _is_there(path: Path) -> bool:
    try:
        return is_there(path)
    except OSError as error:
        raise DataError(
            f"The data must be readable; looking for {path} failed: {error.strerror or error}. "
            "Start again when the folder can be read, or name another one with --data-root=DIR."
        ) from error


def _fetch(published: Published, root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        getattr(torchvision_datasets(), published.torchvision)(root, download=True)
    except (URLError, RuntimeError, OSError) as error:
        raise DataError(
            f"{published.title} must be fetched into {root}, as --download asks; "
            f"got {type(error).__name__}: {error}. Check the connection and the free space, or "
            "unpack the data set there yourself and leave --download out."
        ) from error
