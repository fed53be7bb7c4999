"""The code behind a value: its module and what that imports, and nothing else."""

import sys

import pytest

from dltheory.experiments.imported_code import _reached, code_of, forget_sources

FILES = {
    "lab/__init__.py": '"""Nets."""\n\nfrom .nets import Net\nfrom .other import Other\n',
    "lab/draws.py": (
        '"""Draws."""\n\nfrom lab import Net\n\n\n'
        'def draw(seed, context):\n    """A number."""\n    from lab.late import shift\n\n'
        "    return {'value': shift(seed)}  # shifted\n"
    ),
    "lab/nets.py": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from lab import unread\n"
        "\n\nclass Net:\n    width = 8\n"
    ),
    "lab/late.py": "from . import offset\n\n\ndef shift(seed):\n    return seed + offset.BY\n",
    "lab/offset.py": "BY = 3\n",
    "lab/other.py": "class Other:\n    width = 1\n",
    "lab/unread.py": "MAXIMUM = 1\n",
}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A package of somebody's own, outside this project and outside site-packages."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    forget_sources()
    yield tmp_path / "lab"
    forget_sources()


def behind(module="lab.draws"):
    forget_sources()
    return code_of(frozenset([module]))


def changes(path, old, new):
    """Whether the digest is another one after this edit."""
    before, text = behind(), path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return behind() != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("draws.py", "'value'", "'number'"),
        ("nets.py", "width = 8", "width = 9"),
        ("late.py", "seed +", "seed -"),
        ("offset.py", "BY = 3", "BY = 4"),
        ("__init__.py", "from .nets import", "from .other import Other as"),
    ],
    ids=["itself", "by way of the package", "inside a function", "in turn", "where a name is from"],
)
def test_an_edit_of_what_is_imported_changes_the_digest(lab, name, old, new):
    assert changes(lab / name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("other.py", "width = 1", "width = 2"),
        ("unread.py", "MAXIMUM = 1", "MAXIMUM = 2"),
        ("draws.py", '"""Draws."""', '"""Draws numbers."""'),
        ("draws.py", '"""A number."""', '"""The number."""'),
        ("draws.py", "  # shifted", ""),
        ("draws.py", "\n\n\ndef", "\n\n\n\n# Here.\ndef"),
    ],
    ids=["another module", "types alone", "docstring", "a function's", "comment", "layout"],
)
def test_an_edit_of_anything_else_does_not(lab, name, old, new):
    assert not changes(lab / name, old, new)


@pytest.mark.parametrize("name", [".#draws.py", "._draws.py", ".ipynb_checkpoints/draws.py"])
def test_the_files_of_an_editor_are_nobodys_code(lab, name):
    before = behind()
    (lab / name).parent.mkdir(exist_ok=True)
    (lab / name).write_bytes(b"\x00\xff me@host.1:1")

    assert behind() == before


def test_no_module_is_run_for_it(lab):
    (lab / "offset.py").write_text("BY = 1 / 0\n")

    assert behind()
    assert not any(name.startswith("lab") for name in sys.modules)


def test_a_package_that_does_something_is_part_of_it(lab):
    (lab / "__init__.py").write_text("from .nets import Net\n\nNet.width = 5\n")

    assert changes(lab / "__init__.py", "5", "6")


def test_a_file_that_is_no_python_is_known_by_its_bytes(lab):
    (lab / "offset.py").write_text("BY = = 3\n")

    assert changes(lab / "offset.py", "3", "4")


@pytest.fixture
def installed(lab):
    """The same package, installed in version 1.2, and a module of the project that uses it."""
    place = lab.parent / "site-packages"
    place.mkdir()
    lab.rename(place / "lab")
    (place / "lab-1.2.dist-info").mkdir()
    (place / "lab-1.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lab\nVersion: 1.2\n"
    )
    (lab.parent / "study.py").write_text("from lab import Net\n")
    sys.path.insert(0, str(place))
    yield place
    sys.path.remove(str(place))


def test_what_is_imported_from_an_installed_package_is_known_by_its_version(installed):
    before = behind("study")

    (installed / "lab" / "nets.py").write_text("class Net:\n    width = 10\n")
    edited = behind("study")
    metadata = installed / "lab-1.2.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.2", "1.3"))

    assert edited == before
    assert behind("study") != before


def test_code_that_is_itself_installed_is_read_too(installed):
    before = behind("lab.draws")

    (installed / "lab" / "nets.py").write_text("class Net:\n    width = 10\n")

    assert behind("lab.draws") != before


def test_without_the_library_its_modules_do_not_count(lab):
    (lab / "nets.py").write_text("from dltheory.models import MLP\n")
    behind_net = dict(_reached(frozenset(["lab.nets"]), library=False))

    assert list(behind_net) == ["lab.nets"]
    assert code_of(frozenset(["dltheory.models.mlp"]), library=False) == ""


def test_the_foundation_of_the_library_is_left_to_the_provenance(lab):
    (lab / "offset.py").write_text("import numpy, torch, scipy.stats\n\nBY = 3\n")

    assert behind()
    assert not changes(lab / "other.py", "1", "2")


# ── a package that imports names when they are asked for ──────────────────────────────────────────

LAZY = "def __getattr__(name):\n    from importlib import import_module\n    return 1\n"
STUB = "from lab.nets import Net as Net\nfrom lab.other import Other as Other\n"


@pytest.fixture
def lazy_lab(lab):
    (lab / "__init__.py").write_text(LAZY)
    (lab / "__init__.pyi").write_text(STUB)
    return lab


@pytest.mark.parametrize(
    ("name", "old", "new", "counts"),
    [
        ("nets.py", "width = 8", "width = 9", True),
        ("other.py", "width = 1", "width = 2", False),
        ("__init__.py", "return 1", "return 2", False),
        ("__init__.pyi", "Other as Other", "Other as Third", False),
    ],
)
def test_its_stub_says_where_a_name_is(lazy_lab, name, old, new, counts):
    assert changes(lazy_lab / name, old, new) == counts


def test_without_a_stub_it_is_code_like_any_other(lazy_lab):
    (lazy_lab / "__init__.pyi").unlink()

    assert changes(lazy_lab / "__init__.py", "return 1", "return 2")
