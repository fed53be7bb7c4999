"""What the C library is told of memory that was freed."""

import ctypes
import platform
from types import SimpleNamespace

import pytest

from dltheory import freed_memory
from dltheory.freed_memory import keep_freed_memory


@pytest.fixture(autouse=True)
def told_anew():
    keep_freed_memory.cache_clear()
    yield
    keep_freed_memory.cache_clear()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_glibc_takes_what_it_is_told():
    assert keep_freed_memory()


def test_it_is_told_once_to_keep_pages_and_to_take_large_pieces_from_the_heap(monkeypatch):
    told = []

    def mallopt(name, size):
        told.append((name, size))
        return 1

    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=mallopt))

    assert keep_freed_memory()
    assert keep_freed_memory()
    assert dict(told) == {-3: 2**25, -1: 2**28, -2: 2**24}  # of malloc.h
    assert len(told) == 3


def test_a_wish_that_is_refused_is_reported(monkeypatch):
    library = SimpleNamespace(mallopt=lambda name, _: 0 if name == -3 else 1)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)

    assert not keep_freed_memory()


def test_a_library_without_such_wishes_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())

    assert not keep_freed_memory()
