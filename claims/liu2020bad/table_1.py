"""Table 1: distances ‖W_1 − W_2‖ / ‖W_2‖ between starts and ends, as printed (means of 5 runs).

W0 is where training begins, WV and WS where vanilla and SOTA SGD end, R and A a random and an
adversarial start.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One network on one data set; "R to V" is d(W0 of R, WV of R), and so on."""

    data: str
    model: str
    random_to_vanilla: str
    random_to_sota: str
    random_to_adversarial: str
    random_to_adversarial_vanilla: str
    random_to_adversarial_sota: str
    adversarial_to_vanilla: str
    adversarial_to_sota: str


ROWS = tuple(
    Row(*line.split(" | "))
    for line in """\
CIFAR-10 | DenseNet-40 | 0.810 | 3.715 | 0.946 | 0.950 | 3.715 | 0.347 | 28.669
CIFAR-10 | ResNet-18 | 0.953 | 3.917 | 0.873 | 0.879 | 3.902 | 0.207 | 12.421
CIFAR-10 | ResNet-50 | 0.894 | 8.552 | 0.919 | 0.923 | 8.608 | 0.194 | 36.311
CIFAR-10 | VGG16 | 0.907 | 3.464 | 0.950 | 0.953 | 3.433 | 0.264 | 26.838
CIFAR-100 | DenseNet-40 | 0.917 | 2.008 | 0.946 | 0.968 | 1.980 | 0.538 | 13.290
CIFAR-100 | ResNet-18 | 0.915 | 2.609 | 0.852 | 0.862 | 2.597 | 0.210 | 7.243
CIFAR-100 | ResNet-50 | 0.917 | 4.941 | 0.925 | 0.927 | 4.882 | 0.172 | 24.598
CIFAR-100 | VGG16 | 0.919 | 2.029 | 0.960 | 0.962 | 2.035 | 0.253 | 19.388
CINIC-10 | DenseNet-40 | 0.917 | 1.415 | 0.955 | 0.976 | 1.440 | 0.491 | 12.102
CINIC-10 | ResNet-18 | 0.836 | 1.565 | 0.942 | 0.951 | 1.560 | 0.212 | 10.961
CINIC-10 | ResNet-50 | 0.837 | 3.260 | 0.952 | 0.955 | 3.274 | 0.157 | 24.940
CINIC-10 | VGG16 | 0.844 | 1.406 | 0.974 | 0.977 | 1.397 | 0.241 | 17.916
Restricted ImageNet | DenseNet-40 | 0.940 | 3.378 | 0.966 | 0.982 | 3.377 | 0.520 | 39.314
Restricted ImageNet | ResNet-18 | 0.849 | 3.154 | 0.969 | 0.973 | 3.164 | 0.163 | 47.184
Restricted ImageNet | ResNet-50 | 0.883 | 7.123 | 0.913 | 0.916 | 7.139 | 0.164 | 30.841
Restricted ImageNet | VGG16 | 0.836 | 2.885 | 0.985 | 0.986 | 2.871 | 0.172 | 83.035
""".splitlines()
)
