"""Settings of a world: the behaviour of the service that can be configured."""

from dataclasses import dataclass
from typing import Literal

MEBIBYTE = 1024 * 1024
DAY_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a world; `dataclasses.replace` returns a changed copy.

    Attributes:
        on_conflict: the behaviour of copy and move if the target exists: `rename` the new entry, or
            `forbid` the operation, as the service did later.
        delta_page_size: the maximum number of changes in a page of the change log.
        operation_limit: the maximum number of entries that one copy, move or delete may change.
        upload_limit_bytes: the maximum size of one upload request, or of one chunk.
        read_only: whether every change is rejected.
        request_token_lifetime_s, code_lifetime_s: how long a request token or an authorization code
            is valid.
        upload_lifetime_s: how long a chunked upload of version 1 is kept.
        upload_session_lifetime_s: how long an upload session of version 2 is kept.
        media_lifetime_s: how long a temporary link is valid.
        timestamp_window_s: the maximum difference between a signature's timestamp and the clock.
    """

    on_conflict: Literal["rename", "forbid"] = "rename"
    delta_page_size: int = 2_000
    operation_limit: int = 10_000
    upload_limit_bytes: int = 150 * MEBIBYTE
    read_only: bool = False
    request_token_lifetime_s: int = 10 * 60
    code_lifetime_s: int = 10 * 60
    upload_lifetime_s: int = DAY_S
    upload_session_lifetime_s: int = 7 * DAY_S
    media_lifetime_s: int = 4 * 60 * 60
    timestamp_window_s: int = 5 * 60
