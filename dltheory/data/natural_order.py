"""The order in which people list names that contain numbers."""

import re

Key = tuple[tuple[tuple[str, int], ...], str]


def natural_order(name: str) -> Key:
    """What to sort names by: text as text, runs of digits 0-9 by value, so that "2" is before "10".

    Names that differ in leading zeros alone, as "1" and "01", are in the order of their characters.

    >>> sorted(["10", "9", "a2", "a10", "01", "1"], key=natural_order)
    ['01', '1', '9', '10', 'a2', 'a10']
    """
    parts = re.findall(r"([^0-9]*)([0-9]*)", name)
    return tuple((text, int(digits or -1)) for text, digits in parts), name
