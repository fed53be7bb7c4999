"""Natural order of names: numbers in names are compared by value."""

import re

Key = tuple[tuple[tuple[str, int], ...], str]


def natural_order(name: str) -> Key:
    """A key for sorting names: runs of digits 0-9 are compared by value, so "2" is before "10".

    Names that differ only in leading zeros, as "1" and "01", are in the order of their characters.

    >>> sorted(["10", "9", "a2", "a10", "01", "1"], key=natural_order)
    ['01', '1', '9', '10', 'a2', 'a10']
    """
    parts = re.findall(r"([^0-9]*)([0-9]*)", name)
    return tuple((text, int(digits or -1)) for text, digits in parts), name
