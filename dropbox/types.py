"""Types of the API's responses, for type checkers and editors.

At run time the responses are dictionaries. The fields that a response may lack are in a class that
is derived from the required ones, because Python 3.10 has no `NotRequired`.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class MediaInfo(TypedDict, total=False):
    """When and where a photo or video was taken; unknown values are `None`.

    Attributes:
        time_taken: when it was taken, a date such as `Sat, 21 Aug 2010 22:31:20 +0000`.
        lat_long: latitude and longitude, in degrees.
        duration: the length of a video, in milliseconds; only videos have it.

    Example:
        >>> metadata = client.metadata("/Photos/beach.png", include_media_info=True)
        >>> metadata["photo_info"]
        {'time_taken': None, 'lat_long': None}
    """

    time_taken: str | None
    lat_long: list[float] | None
    duration: float | None


class _RequiredMetadata(TypedDict):
    bytes: int
    icon: str
    is_dir: bool
    path: str
    root: Literal["dropbox", "app_folder"]
    size: str
    thumb_exists: bool


class Metadata(_RequiredMetadata, total=False):
    """A file or folder.

    Attributes:
        path: the path, which begins with a slash.
        is_dir: whether it is a folder.
        bytes: the size, in bytes; 0 for folders and deleted files.
        size: the size as a text, such as `1.5 KB`.
        root: `dropbox` or `app_folder`.
        icon: the name of an icon for the type.
        thumb_exists: whether a thumbnail is available.
        rev: the identifier of the revision; the root folder has none.
        revision: a number that increases with each revision; the root folder has none.
        modified: when it was stored, a date such as `Sat, 21 Aug 2010 22:31:20 +0000`; the root
            folder has none.
        client_mtime: when the file was changed on the computer that uploaded it; only for files.
        mime_type: the media type, such as `text/plain`; only for files.
        is_deleted: `True` for deleted entries; others do not have it.
        content_hash: the hash of the content, see `dropbox.content_hash`; only for files over
            version 2 of the API.
        hash: a value that changes when the contents of the folder change; only for listed folders.
        contents: the metadata of the entries in the folder; only for listed folders.
        photo_info, video_info: a `MediaInfo`, `pending` or `None`; only if requested.

    Example:
        >>> metadata = client.metadata("/notes.txt")
        >>> metadata["path"], metadata["bytes"], metadata["is_dir"]
        ('/notes.txt', 14, False)
    """

    rev: str
    revision: int
    modified: str
    client_mtime: str
    mime_type: str
    is_deleted: bool
    content_hash: str
    hash: str
    contents: list[Metadata]
    photo_info: MediaInfo | Literal["pending"] | None
    video_info: MediaInfo | Literal["pending"] | None


class _RequiredQuotaInfo(TypedDict):
    quota: int
    normal: int
    shared: int


class QuotaInfo(_RequiredQuotaInfo, total=False):
    """The quota and the usage of an account.

    Attributes:
        quota: the quota, in bytes.
        normal: the size of the files outside of shared folders, in bytes.
        shared: the size of the files in shared folders, in bytes.
        datastores: the size of the datastores, in bytes.

    Example:
        >>> quota_info = client.account_info()["quota_info"]
        >>> quota_info["normal"] + quota_info["shared"] < quota_info["quota"]
        True
    """

    datastores: int


class _RequiredAccountInfo(TypedDict):
    uid: int
    display_name: str
    email: str
    country: str
    referral_link: str
    quota_info: QuotaInfo


class AccountInfo(_RequiredAccountInfo, total=False):
    """An account.

    Attributes:
        uid: the number of the account.
        display_name: the name to show.
        email: the e-mail address.
        country: the two-letter code of the country.
        referral_link: the URL that invites other people.
        quota_info: the quota and the usage.
        name_details: the parts of the name.
        locale: the language, such as `en`.
        email_verified: whether the e-mail address is verified.
        is_paired: whether a personal account is linked to a work account.
        team: the name and the identifier of the team; `None` for other accounts.

    Example:
        >>> info = client.account_info()
        >>> info["email"], info["country"]
        ('user@fakebox.example', 'US')
    """

    name_details: dict[str, str]
    locale: str
    email_verified: bool
    is_paired: bool
    team: dict[str, str] | None


class Delta(TypedDict):
    """A page of changes.

    Attributes:
        entries: the changes, each `[path, metadata]`, or `[path, None]` for a deletion.
        reset: whether to delete the local state before the entries are applied.
        cursor: the argument for the next call.
        has_more: whether there are more pages now.

    Example:
        >>> page = client.delta()
        >>> page["reset"], page["has_more"], len(page["entries"])
        (True, False, 3)
    """

    entries: list[tuple[str, Metadata | None]]
    reset: bool
    cursor: str
    has_more: bool


class _RequiredLongpollDelta(TypedDict):
    changes: bool


class LongpollDelta(_RequiredLongpollDelta, total=False):
    """The result of a long poll.

    Attributes:
        changes: whether there are changes.
        backoff: how long to wait before the next call, in seconds.

    Example:
        >>> cursor = client.delta()["cursor"]
        >>> client.file_delete("/notes.txt")["is_deleted"]
        True
        >>> client.longpoll_delta(cursor)["changes"]
        True
    """

    backoff: int


class CopyRef(TypedDict):
    """A copy reference.

    Attributes:
        copy_ref: the argument for `add_copy_ref`.
        expires: when it expires, a date such as `Sat, 21 Aug 2010 22:31:20 +0000`.

    Example:
        >>> sorted(client.create_copy_ref("/notes.txt"))
        ['copy_ref', 'expires']
    """

    copy_ref: str
    expires: str


class _RequiredLink(TypedDict):
    url: str
    expires: str


class Link(_RequiredLink, total=False):
    """A link to a file or folder.

    Attributes:
        url: the URL.
        expires: when it expires, a date such as `Sat, 21 Aug 2010 22:31:20 +0000`.
        visibility: who may open it, such as `PUBLIC`; only for shared links.

    Example:
        >>> client.media("/notes.txt")["expires"]
        '...+0000'
    """

    visibility: str


class UploadedChunk(TypedDict):
    """The state of a chunked upload.

    Attributes:
        upload_id: the identifier of the upload.
        offset: the number of bytes that the server has.
        expires: when the upload expires, a date such as `Sat, 21 Aug 2010 22:31:20 +0000`.

    Example:
        >>> client.upload_chunk(b"Hello", 5)["offset"]
        5
    """

    upload_id: str
    offset: int
    expires: str
