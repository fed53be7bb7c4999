"""Cards packed for a page: small to load, and unpacked by the page's script when one is opened."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence

TOGETHER = 40
"""So many cards are packed together."""


def packed(texts: Sequence[str]) -> list[str]:
    """The texts in packs of `TOGETHER`: base64 of a raw deflate stream of a JSON list."""
    return [
        _pack(json.dumps(list(texts[start : start + TOGETHER]), ensure_ascii=False))
        for start in range(0, len(texts), TOGETHER)
    ]


def unpacked(packs: Sequence[str]) -> list[str]:
    """The texts again, as the page's script reads them."""
    return [text for pack in packs for text in json.loads(_unpack(pack))]


def _pack(text: str) -> str:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflate.compress(text.encode("utf-8", "replace")) + deflate.flush()
    return base64.b64encode(data).decode("ascii")


def _unpack(pack: str) -> str:
    return zlib.decompress(base64.b64decode(pack), -15).decode()
