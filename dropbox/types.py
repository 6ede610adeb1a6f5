"""Types of the API's responses, for type checkers and editors.

At run time the responses are dictionaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class MediaInfo(TypedDict, total=False):
    """When and where a photo or video was taken; `None` if unknown.

    `duration` is in milliseconds; only videos have it.
    """

    time_taken: str | None
    lat_long: list[float] | None
    duration: float | None


class Metadata(TypedDict):
    """A file or folder.

    The root folder has no `rev`, `revision` and `modified`. Only listed folders have `hash` and
    `contents`, only files have `mime_type` and `client_mtime`, and only deleted entries have
    `is_deleted`. Files have `content_hash` over version 2 of the API, see `dropbox.content_hash`.
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
    """The quota and the usage of an account, in bytes."""

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
    team: NotRequired[dict[str, str] | None]


class Delta(TypedDict):
    """A page of changes; each entry is `[path, metadata]`, or `[path, None]` for a deletion."""

    entries: list[tuple[str, Metadata | None]]
    reset: bool
    cursor: str
    has_more: bool


class LongpollDelta(TypedDict):
    """Whether there are changes, and how long to wait before the next call, in seconds."""

    changes: bool
    backoff: NotRequired[int]


class CopyRef(TypedDict):
    """A copy reference, and when it expires."""

    copy_ref: str
    expires: str


class Link(TypedDict):
    """A URL, and when it expires."""

    url: str
    expires: str
    visibility: NotRequired[str]


class UploadedChunk(TypedDict):
    """The state of a chunked upload: `offset` is how many bytes the server has."""

    upload_id: str
    offset: int
    expires: str
