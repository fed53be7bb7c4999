"""A tree of image files, one folder per class: <folder>/{train,test}/<class>/<image>."""

from pathlib import Path

from dltheory.errors import DataError

from .image_decoding import Listed, decode
from .natural_order import natural_order
from .raw import RawSplits
from .source import Source

# The file suffixes of images, with the names of the formats.
SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".ppm": "PPM"}
SUFFIXES |= {".pgm": "PGM", ".webp": "WebP", ".tif": "TIFF", ".tiff": "TIFF"}


def tree_source(
    folder: Path,
    *,
    title: str,
    shape: tuple[int, int, int],
    classes: int,
    expected: tuple[int, int] | None = None,
) -> Source:
    """The images of the tree; labels are the indices of the class folders in `natural_order`.

    `expected` are the published numbers of training and test images. If they are given, the tree
    must have them, and all images must have the given shape. Otherwise images are resized.
    DataError is raised for a wrong number of images or classes, and for class folders without
    images.
    """
    train, test = (_listed(folder / part, classes) for part in ("train", "test"))
    _check_same_classes(folder, train, test)
    if expected is not None:
        _check_counts(folder, title, (len(train), len(test)), expected)
    kinds = sorted({SUFFIXES[path.suffix.lower()] for path, _ in [*train, *test]})
    resize = expected is None

    def read() -> RawSplits:
        return RawSplits(
            train=decode(train, shape, resize=resize), test=decode(test, shape, resize=resize)
        )

    return Source(
        folder=folder,
        files=tuple(path for path, _ in [*train, *test]),
        read=read,
        form=f"{title} from an image folder ({', '.join(kinds)})",
    )


def _listed(folder: Path, classes: int) -> Listed:
    """The path and label of every image below the folder, ordered by class and file name."""
    names = sorted(_folders(folder), key=natural_order)
    if len(names) != classes:
        raise DataError(
            f"{folder} must hold {classes} class folders; got {len(names)}"
            f"{': ' + ', '.join(names[:12]) if names else ''}. "
            "Unpack the data set again, or correct the number of classes."
        )
    images = [_images(folder / name) for name in names]
    empty = [str(folder / name) for name, paths in zip(names, images, strict=True) if not paths]
    if empty:
        raise DataError(
            f"Every class folder must hold images ({', '.join(SUFFIXES)}); got none in "
            f"{', '.join(empty)}. Unpack the data set again."
        )
    return [(path, label) for label, paths in enumerate(images) for path in paths]


def _folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [
        path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    ]


def _images(folder: Path) -> list[Path]:
    """The image files of a folder in the order of their names, without hidden files."""
    paths = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    ]
    return sorted(paths, key=lambda path: path.name)


def _check_same_classes(folder: Path, train: Listed, test: Listed) -> None:
    in_train, in_test = ({path.parent.name for path, _ in part} for part in (train, test))
    if in_train != in_test:
        raise DataError(
            f"{folder}/train and {folder}/test must have the same class folders; got "
            f"{sorted(in_train - in_test)} in train alone and {sorted(in_test - in_train)} in "
            "test alone. Unpack the data set again."
        )


def _check_counts(
    folder: Path, title: str, given: tuple[int, int], expected: tuple[int, int]
) -> None:
    if given != expected:
        raise DataError(
            f"{title} must have {expected[0]:,} training and {expected[1]:,} test images; "
            f"got {given[0]:,} and {given[1]:,} below {folder}. Unpack the data set again."
        )
