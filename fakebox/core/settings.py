"""How one emulated Dropbox behaves where the service's own rules are a matter of configuration."""

from dataclasses import dataclass
from typing import Literal

MEBIBYTE = 1024 * 1024
DAY_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a world; `dataclasses.replace` makes a changed one.

    Attributes:
        on_conflict: what copy and move do when the target is taken: `rename` to be unique (seed),
            or `forbid` as the later service did.
        delta_page_size: entries in a page of changes.
        operation_limit: files and folders that one copy, move or delete may touch.
        upload_limit_bytes: what one upload call, or one chunk, may carry.
        read_only: refuse every change.
        request_token_lifetime_s, code_lifetime_s: how long the user has to sign in.
        upload_lifetime_s: how long a chunked upload may rest.
        media_lifetime_s: how long a temporary link works.
        timestamp_window_s: how far a signature's timestamp may be from the clock.
    """

    on_conflict: Literal["rename", "forbid"] = "rename"
    delta_page_size: int = 2_000
    operation_limit: int = 10_000
    upload_limit_bytes: int = 150 * MEBIBYTE
    read_only: bool = False
    request_token_lifetime_s: int = 10 * 60
    code_lifetime_s: int = 10 * 60
    upload_lifetime_s: int = DAY_S
    media_lifetime_s: int = 4 * 60 * 60
    timestamp_window_s: int = 5 * 60
