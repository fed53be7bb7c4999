"""Descriptions of data sets as frozen values with a `load` method.

Importing this package does not import torch.
"""

from .augmentation import CropAndFlip
from .cifar10 import CIFAR10
from .cifar100 import CIFAR100
from .corrupted_labels import CorruptedLabels
from .digits import Digits
from .gaussian_clusters import GaussianClusters
from .image_folder import ImageFolderData
from .masked_copies import MaskedCopies
from .mnist import MNIST
from .shuffled_labels import ShuffledLabels
from .spec import DataSpec
from .stand_in import StandIn

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "MNIST",
    "CorruptedLabels",
    "CropAndFlip",
    "DataSpec",
    "Digits",
    "GaussianClusters",
    "ImageFolderData",
    "MaskedCopies",
    "ShuffledLabels",
    "StandIn",
]
