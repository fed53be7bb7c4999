"""How the library's tests search: the same cases every time, and no clock that a busy box trips."""

from hypothesis import settings

settings.register_profile("library", deadline=None, derandomize=True, database=None)
settings.load_profile("library")
