"""The page as its script shows it: every packed card in its place."""

import re

from dltheory.reporting.packed import unpacked

_PACK = re.compile(r'<script type="application/octet-stream"[^>]*>(.*?)</script>\n?')
_PLACE = re.compile(r'data-card="(\d+)".*?<div class="card"[^>]*>', re.S)


def unfolded(html):
    """The text of the page with its cards unpacked, and without the packs."""
    cards = unpacked(_PACK.findall(html))
    return _PLACE.sub(lambda found: found[0] + cards[int(found[1])], _PACK.sub("", html))
