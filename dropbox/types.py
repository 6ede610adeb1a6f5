"""What the API's answers look like, for type checkers and editors; at run time they are
dictionaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired

# The functional form: `hash` and `list` are the wire's names.


class MediaInfo(TypedDict, total=False):
    """When and where a picture or film was taken; what isn't known is `None`.

    `duration`, in milliseconds, only films have.
    """

    time_taken: str | None
    lat_long: list[float] | None
    duration: float | None


class Metadata(TypedDict):
    """A file or folder.

    The root folder has no `rev`, `revision` and `modified`. `hash` and `contents` come with a
    folder's listing, `mime_type` and `client_mtime` with files, `is_deleted` when it is true.
    `content_hash` comes with files over version 2 of the API, see `dropbox.content_hash`.
    """

    bytes: int
    icon: str
    is_dir: bool
    path: str
    root: Literal["dropbox", "app_folder"]
    size: str
    thumb_exists: bool
    rev: NotRequired[str]
    revision: NotRequired[int]
    modified: NotRequired[str]
    client_mtime: NotRequired[str]
    mime_type: NotRequired[str]
    is_deleted: NotRequired[bool]
    content_hash: NotRequired[str]
    hash: NotRequired[str]
    contents: NotRequired[list[Metadata]]
    photo_info: NotRequired[MediaInfo | Literal["pending"] | None]
    video_info: NotRequired[MediaInfo | Literal["pending"] | None]


class QuotaInfo(TypedDict):
    """An account's room, in bytes."""

    quota: int
    normal: int
    shared: int
    datastores: NotRequired[int]


class AccountInfo(TypedDict):
    """An account."""

    uid: int
    display_name: str
    email: str
    country: str
    referral_link: str
    quota_info: QuotaInfo
    name_details: NotRequired[dict[str, str]]
    locale: NotRequired[str]
    email_verified: NotRequired[bool]
    is_paired: NotRequired[bool]
    team: NotRequired[dict[str, Any] | None]


class Delta(TypedDict):
    """A page of changes; each entry is `[path, metadata]`, or `[path, None]` for a deletion."""

    entries: list[tuple[str, Metadata | None]]
    reset: bool
    cursor: str
    has_more: bool


class LongpollDelta(TypedDict):
    """Whether there are changes, and how many seconds to wait before asking again."""

    changes: bool
    backoff: NotRequired[int]


class CopyRef(TypedDict):
    """A copy reference, and when it ends."""

    copy_ref: str
    expires: str


class Link(TypedDict):
    """A URL, and when it ends."""

    url: str
    expires: str
    visibility: NotRequired[str]


class UploadedChunk(TypedDict):
    """Where a chunked upload stands."""

    upload_id: str
    offset: int
    expires: str
