"""The only source of randomness of the emulator: tokens, secrets and identifiers.

With a seed, every run generates the same values, so that recorded requests can be repeated. Without
a seed, the values come from the operating system and cannot be guessed.
"""

import random
import string
from collections.abc import Iterable

_ALPHANUMERIC = string.ascii_letters + string.digits


class RandomIds:
    """Generates random identifiers.

    Args:
        seed: makes the values repeatable; `None` uses values of the operating system.
        prefix: the beginning of every token.

    Attributes:
        prefix: the beginning of every token.
    """

    def __init__(self, seed: int | None = None, prefix: str = "") -> None:
        self.prefix: str = prefix
        self._seed = seed
        self._random = random.SystemRandom() if seed is None else random.Random(seed)

    def resume(self, previous: Iterable[str]) -> None:
        """Change the seed by the identifiers of an earlier process, so that none is repeated."""
        if self._seed is not None:
            self._random.seed("\0".join((str(self._seed), *previous)))

    def token(self, length: int = 16, marker: str = "") -> str:
        """Return letters and digits, which are not quoted in a shell or a URL.

        Args:
            length: the number of letters and digits.
            marker: a text before them, after the prefix.
        """
        return self.prefix + marker + "".join(self._random.choices(_ALPHANUMERIC, k=length))

    def hexadecimal(self, length: int) -> str:
        """Return lower-case hexadecimal digits."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def fraction(self) -> float:
        """Return a number from 0 up to, but not including, 1."""
        return self._random.random()

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, but not including, the limit."""
        return int(self._random.random() * limit)

    def bytes(self, count: int) -> bytes:
        """Return random bytes, for keys."""
        return self._random.getrandbits(8 * count).to_bytes(count, "big")
