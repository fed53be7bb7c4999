"""On which seeds the forms of the fast tier are judged, and when.

Seeds from 0, 1,000, 2,000 and 3,000 on judged earlier criteria. A criterion that changes is judged
on seeds that no form has used, so each change begins a block of its own.
"""

FIRST_SEED = 4_000
LOOKS = (8, 16, 24)
"""Planned looks: eight seeds first, and more only where the word is still open."""
