"""So many of something, in words."""


def counted(number: int, noun: str) -> str:
    """The number and the noun, which takes an s unless there is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
