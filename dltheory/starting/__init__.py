"""The first files of a paper's claims, to be replaced piece by piece."""

from dltheory.starting.new_paper import Started, start

__all__ = ["Started", "start"]
