"""Which seeds judge, and which only help to choose."""

PILOT_SEEDS_FROM = 10_000
"""Verdict seeds are 0, 1, 2, …; pilots, which choose δ, rates and n, use seeds from here on."""
