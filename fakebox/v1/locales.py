"""The words that the service translated: the unit of small sizes, and messages for end users."""

# Languages with a decimal comma.
_COMMA = frozenset({"de", "es", "fr"})
_BYTES = {"de": "Byte", "es": "bytes", "fr": "octets", "ja": "バイト"}
_QUOTA = {
    "en": "You don't have enough room in your Dropbox for this.",
    "de": "In Ihrer Dropbox ist nicht genügend Speicherplatz dafür vorhanden.",
    "es": "No tienes espacio suficiente en tu Dropbox para esto.",
    "fr": "Vous n'avez pas assez d'espace dans votre Dropbox pour cela.",
    "ja": "Dropbox の空き容量が足りません。",
}
_UNITS = ("KB", "MB", "GB", "TB")


def size_text(size_bytes: int, locale: str) -> str:
    """A size for people: below 1024 in bytes, then to one decimal, rounded half up, base 1024."""
    language = _language(locale)
    if size_bytes < 1024:
        return f"{size_bytes} {_BYTES.get(language, 'bytes')}"
    power = 1
    while _tenths(size_bytes, power) >= 10240 and power < len(_UNITS):
        power += 1
    whole, tenth = divmod(_tenths(size_bytes, power), 10)
    comma, unit = "," if language in _COMMA else ".", _UNITS[power - 1]
    return f"{whole}{comma}{tenth} {unit}" if tenth else f"{whole} {unit}"


def over_quota_text(locale: str) -> str:
    """What a user is told whose Dropbox is full."""
    return _QUOTA.get(_language(locale), _QUOTA["en"])


def _tenths(size_bytes: int, power: int) -> int:
    # Whole numbers, so that halves are rounded up for certain.
    divisor: int = 1024**power
    return (size_bytes * 20 + divisor) // (2 * divisor)


def _language(locale: str) -> str:
    return locale.replace("-", "_").partition("_")[0].lower()
