"""Which seeds judge, and which only help to choose."""

PILOT_SEEDS_FROM = 10_000
"""Verdict seeds are below; pilots, which choose rates, δ and n, use seeds from here on."""

SPREAD_SEEDS_FROM = 20_000
"""Pilots that measure how much seeds vary, from which n and power are planned, begin here."""
