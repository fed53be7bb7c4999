"""Reading the published files of CIFAR through torchvision.

These files are pickles, which this library never loads itself. torchvision's classes load them, and
only after the MD5 of every file was compared with the published one. Therefore only the authors'
own pickles are opened.
"""

from pathlib import Path
from typing import Any

import torch

from dltheory.errors import DataError

from .raw import RawImages, RawSplits
from .torchvision_import import torchvision_datasets


def read_cifar10(folder: Path) -> RawSplits:
    """Training and test images of CIFAR-10."""
    return read_cifar(torchvision_datasets().CIFAR10, folder)


def read_cifar100(folder: Path) -> RawSplits:
    """Training and test images of CIFAR-100, with its fine labels."""
    return read_cifar(torchvision_datasets().CIFAR100, folder)


def read_cifar(dataset: Any, folder: Path) -> RawSplits:
    """Training and test images, read by one of torchvision's CIFAR classes.

    `folder` is the folder that this class looks for in its root. DataError is raised if a file is
    missing or does not have the published MD5.
    """
    _check_md5(dataset, folder)
    return RawSplits(
        train=_part(dataset(folder.parent, train=True)),
        test=_part(dataset(folder.parent, train=False)),
    )


def _part(loaded: Any) -> RawImages:
    pixels = torch.tensor(loaded.data).permute(0, 3, 1, 2).contiguous()
    return RawImages(images=pixels, labels=torch.tensor(loaded.targets, dtype=torch.int64))


def _check_md5(dataset: Any, folder: Path) -> None:
    from torchvision.datasets.utils import check_integrity

    published = [*dataset.train_list, *dataset.test_list]
    published.append([dataset.meta["filename"], dataset.meta["md5"]])
    wrong = [
        f"{folder / name} (MD5 {md5})"
        for name, md5 in published
        if not check_integrity(str(folder / name), md5)
    ]
    if wrong:
        raise DataError(
            f"{len(published)} files of {dataset.__name__} must have their published MD5; "
            f"got {len(wrong)} missing or different: {', '.join(wrong)}. "
            "Delete them, and unpack the data set again or give --download."
        )
