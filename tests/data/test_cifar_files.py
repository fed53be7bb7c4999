import hashlib
import pickle
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch

from dltheory.data import CIFAR10
from dltheory.data.cifar_files import read_cifar, read_cifar10
from dltheory.data.torchvision_import import torchvision_datasets
from dltheory.errors import DataError


def write_pickle(path, content):
    path.write_bytes(pickle.dumps(content))
    return [path.name, hashlib.md5(path.read_bytes()).hexdigest()]


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (6, 3072), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "tiny-cifar"
    path.mkdir()
    return path


@pytest.fixture
def tiny_cifar(folder, pixels):
    """A class like torchvision's own, for two training batches and a test batch of two images."""
    batches = [
        write_pickle(folder / f"b{i}", {"data": pixels[2 * i : 2 * i + 2], "labels": [i, 9 - i]})
        for i in range(3)
    ]
    described = write_pickle(folder / "meta", {"label_names": list("abcdefghij")})

    fields = {
        "base_folder": folder.name,
        "train_list": batches[:2],
        "test_list": batches[2:],
        "meta": {"filename": "meta", "key": "label_names", "md5": described[1]},
    }
    return type("TinyCIFAR", (torchvision_datasets().CIFAR10,), fields)


def test_pixels_and_labels_are_those_of_the_files(tiny_cifar, folder, pixels):
    raw = read_cifar(tiny_cifar, folder)

    expected = torch.from_numpy(pixels).reshape(-1, 3, 32, 32)
    assert torch.equal(raw.train.images, expected[:4])
    assert torch.equal(raw.test.images, expected[4:])
    assert (raw.train.labels.tolist(), raw.test.labels.tolist()) == ([0, 9, 1, 8], [2, 7])


def test_files_with_another_md5_are_named_and_never_unpickled(tiny_cifar, folder):
    (folder / "b1").write_bytes(b"a pickle that would run code")

    with pytest.raises(
        DataError, match=r"4 files of TinyCIFAR.* got 1 .*tiny-cifar/b1 \(MD5 .*Del"
    ):
        read_cifar(tiny_cifar, folder)


def test_files_that_are_not_cifar_are_refused_by_the_published_md5(folder):
    with pytest.raises(
        DataError, match=r"7 files of CIFAR10.*; got 7 missing.*c99cafc152244af753f"
    ):
        read_cifar10(folder)


def test_a_failed_download_says_where_it_should_have_gone(tmp_path, cache, monkeypatch):
    absent = (tmp_path / "absent.tar.gz").as_uri()
    monkeypatch.setattr(torchvision_datasets().CIFAR10, "url", absent)

    with pytest.raises(DataError, match=r"CIFAR-10 must be fetched into .*new.*Check the connect"):
        CIFAR10().load(tmp_path / "new", cache=cache, download=True)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path):
    """A folder, and the address at which a local server shows it."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def archive(folder, served, monkeypatch):
    """The seven files of CIFAR-10, all empty, in an archive that torchvision can download."""
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch", "batches.meta"]
    path = served[0] / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            (folder / name).touch()
            tar.add(folder / name, f"cifar-10-batches-py/{name}")
    cifar10 = torchvision_datasets().CIFAR10
    monkeypatch.setattr(cifar10, "url", f"{served[1]}/{path.name}")
    monkeypatch.setattr(cifar10, "tgz_md5", hashlib.md5(path.read_bytes()).hexdigest())


@pytest.mark.usefixtures("archive")
def test_download_unpacks_into_the_data_root_and_still_checks_the_files(tmp_path, cache):
    root = tmp_path / "new"

    with pytest.raises(DataError, match="Dataset not found or corrupted"):
        CIFAR10().load(root, cache=cache, download=True)

    assert (root / "cifar-10-batches-py" / "batches.meta").is_file()


@pytest.mark.usefixtures("archive")
def test_nothing_is_downloaded_without_being_asked(tmp_path, cache):
    (tmp_path / "new").mkdir()

    with pytest.raises(DataError, match="which has neither"):
        CIFAR10().load(tmp_path / "new", cache=cache)

    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.usefixtures("archive")
def test_a_tree_of_images_is_not_overruled_by_a_download(image_tree, cache):
    (image_tree / "pets").rename(image_tree / "cifar10")

    with pytest.raises(DataError, match="got 3: a, b, c"):
        CIFAR10().load(image_tree, cache=cache, download=True)
