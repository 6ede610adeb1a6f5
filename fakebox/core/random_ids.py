"""The emulator's only source of chance: tokens, secrets and identifiers.

Seeded, every run draws the same ones, so that a recorded exchange can be repeated; unseeded, they
come from the operating system and can't be guessed.
"""

import random
import string
from collections.abc import Iterable

_ALPHANUMERIC = string.ascii_letters + string.digits


class RandomIds:
    """Draws identifiers.

    Args:
        seed: any integer makes the draws repeatable; `None` takes them from the operating system.
        prefix: what every token begins with.

    Attributes:
        prefix: likewise.
    """

    def __init__(self, seed: int | None = None, prefix: str = "") -> None:
        self.prefix: str = prefix
        self._seed = seed
        self._random = random.SystemRandom() if seed is None else random.Random(seed)

    def resume(self, drawn: Iterable[str]) -> None:
        """Draw others than these, which were drawn before; repeatably, if there is a seed."""
        if self._seed is not None:
            self._random.seed("\0".join((str(self._seed), *drawn)))

    def token(self, length: int = 16) -> str:
        """A word of letters and digits, which even shell clients can cut out of an answer."""
        return self.prefix + "".join(self._random.choices(_ALPHANUMERIC, k=length))

    def hexadecimal(self, length: int) -> str:
        """A word of lower-case hexadecimal digits."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def fraction(self) -> float:
        """A number from 0 up to, but not including, 1."""
        return self._random.random()

    def bytes(self, count: int) -> bytes:
        """Random bytes, for keys."""
        return self._random.getrandbits(8 * count).to_bytes(count, "big")
