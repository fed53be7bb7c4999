"""Text as it can be shown: what steers a terminal or turns a line round is written out."""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but tab and newline
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # directions of text; breaks that are no newline
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"  # marks of an order of bytes; halves of a character
)


def visible(text: str) -> str:
    r"""The text, in which each such character is an escape of Python: \x1b, \u202e, \udc80."""
    return _STEERING.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    number = ord(found.group())
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
