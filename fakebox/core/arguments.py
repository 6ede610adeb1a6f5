"""Checks of the arguments that tests pass to the emulator.

Without them, a value of another type would be stored, or fail later without its name.
"""

_INTEGER_LIMIT = 2**63


def check_text(name: str, value: object) -> None:
    """Check that an argument is a string.

    Raises:
        ValueError: it is not. The message does not contain the value, which may be secret.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {type(value).__name__}")  # noqa: TRY004


def check_flag(name: str, value: object) -> None:
    """Check that an argument is True or False.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, not {value!r}")  # noqa: TRY004


def check_integer(name: str, value: object) -> None:
    """Check that an argument is an integer, of any size.

    Raises:
        ValueError: it is not an integer.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, not {value!r}")  # noqa: TRY004


def check_count(name: str, value: object) -> None:
    """Check that an argument is an integer from 0 that the database can store.

    Raises:
        ValueError: it is not an integer, or not in the range.
    """
    check_integer(name, value)
    if not 0 <= value < _INTEGER_LIMIT:  # type: ignore[operator]
        raise ValueError(f"{name} must be from 0 to {_INTEGER_LIMIT - 1}, not {value!r}")


def check_number(name: str, value: object) -> None:
    """Check that an argument is a number, of any size.

    Raises:
        ValueError: it is not a number.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number, not {value!r}")  # noqa: TRY004
