"""Salted hashes of passwords."""

import hashlib
import hmac


def hash_password(password: str, salt: str) -> str:
    """Return the salted hash of a password, which begins with the salt."""
    # Few iterations: these are passwords for tests, and every test creates a world with accounts.
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1_000)
    return f"{salt}${digest.hex()}"


def is_password(password: str, stored: str) -> bool:
    """Return whether a hash that `hash_password` returned is that of a password."""
    return hmac.compare_digest(stored, hash_password(password, stored.partition("$")[0]))
