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

    Example:
        >>> metadata = client.metadata("/Photos/beach.png", include_media_info=True)
        >>> metadata["photo_info"]
        {'time_taken': None, 'lat_long': None}
    """

    time_taken: str | None
    lat_long: list[float] | None
    duration: float | None


class Metadata(TypedDict):
    """A file or folder.

    The root folder has no `rev`, `revision` and `modified`. Only listed folders have `hash` and
    `contents`, only files have `mime_type` and `client_mtime`, and only deleted entries have
    `is_deleted`. Files have `content_hash` over version 2 of the API, see `dropbox.content_hash`.

    Example:
        >>> metadata = client.metadata("/notes.txt")
        >>> metadata["path"], metadata["bytes"], metadata["is_dir"]
        ('/notes.txt', 14, False)
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
    """The quota and the usage of an account, in bytes.

    Example:
        >>> quota_info = client.account_info()["quota_info"]
        >>> quota_info["normal"] + quota_info["shared"] < quota_info["quota"]
        True
    """

    quota: int
    normal: int
    shared: int
    datastores: NotRequired[int]


class AccountInfo(TypedDict):
    """An account.

    Example:
        >>> info = client.account_info()
        >>> info["email"], info["country"]
        ('user@fakebox.example', 'US')
    """

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
    """A page of changes; each entry is `[path, metadata]`, or `[path, None]` for a deletion.

    Example:
        >>> page = client.delta()
        >>> page["reset"], page["has_more"], len(page["entries"])
        (True, False, 3)
    """

    entries: list[tuple[str, Metadata | None]]
    reset: bool
    cursor: str
    has_more: bool


class LongpollDelta(TypedDict):
    """Whether there are changes, and how long to wait before the next call, in seconds.

    Example:
        >>> cursor = client.delta()["cursor"]
        >>> client.file_delete("/notes.txt")["is_deleted"]
        True
        >>> client.longpoll_delta(cursor)["changes"]
        True
    """

    changes: bool
    backoff: NotRequired[int]


class CopyRef(TypedDict):
    """A copy reference, and when it expires.

    Example:
        >>> sorted(client.create_copy_ref("/notes.txt"))
        ['copy_ref', 'expires']
    """

    copy_ref: str
    expires: str


class Link(TypedDict):
    """A URL, and when it expires.

    Example:
        >>> client.media("/notes.txt")["expires"]
        '...+0000'
    """

    url: str
    expires: str
    visibility: NotRequired[str]


class UploadedChunk(TypedDict):
    """The state of a chunked upload: `offset` is how many bytes the server has.

    Example:
        >>> client.upload_chunk(b"Hello", 5)["offset"]
        5
    """

    upload_id: str
    offset: int
    expires: str
