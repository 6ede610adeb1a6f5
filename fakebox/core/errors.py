"""Errors of the emulated Dropbox, with the data for the error responses.

Each version of the API has a table of statuses and texts for these classes.
"""


class DropboxError(Exception):
    """The request has failed, and nothing was changed."""


# --- paths ---------------------------------------------------------------------------------------


class PathError(DropboxError):
    """The request has failed for a path.

    Attributes:
        path: the path within the caller's root, as the caller wrote it.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class IllegalPath(PathError):
    """The path can never exist.

    Attributes:
        reason: one of `dot`, `backslash`, `control`, `too_long`, `trailing_space`, `non_bmp`,
            `forbidden_character`, `surrogate`, `root`, `app_name`.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path)
        self.reason = reason


class IgnoredName(PathError):
    """Dropbox never stores files of this name (`desktop.ini`, `.DS_Store`, ...)."""


class NotFound(PathError):
    """There is no file or folder at the path."""


class RevisionNotFound(PathError):
    """The path has no such revision.

    Attributes:
        rev: the revision of the request.
    """

    def __init__(self, path: str, rev: str) -> None:
        super().__init__(path)
        self.rev = rev


class UnknownParentRev(RevisionNotFound):
    """The parent revision of an upload was never issued for its path."""


class NotAFile(PathError):
    """There is a folder at the path, and a file is required."""


class NotAFolder(PathError):
    """There is a file at the path, and a folder is required."""


class ParentIsAFile(PathError):
    """A parent of the path is a file; `path` is the path of that file."""


class RootNotAllowed(PathError):
    """The operation is not possible for the root."""


class Taken(PathError):
    """There is a file or folder at the path already.

    Attributes:
        by_folder: whether it is a folder.
    """

    def __init__(self, path: str, *, by_folder: bool) -> None:
        super().__init__(path)
        self.by_folder = by_folder


class AlreadyExists(Taken):
    """The target path exists, and the operation does not rename."""


class FolderExists(AlreadyExists):
    """The path of a new folder exists already."""


class FolderInTheWay(PathError):
    """A folder cannot be replaced by a file."""


class UploadConflict(Taken):
    """The path of an upload exists already, and the upload does not rename."""


class IntoItself(PathError):
    """A folder cannot be moved or copied into itself."""


# --- limits and quota ----------------------------------------------------------------------------


class LimitExceeded(DropboxError):
    """A limit was exceeded.

    Attributes:
        limit: the limit.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class TooManyEntries(LimitExceeded):
    """The folder has more entries than the limit of the request."""


class TooManyItems(LimitExceeded):
    """The operation would change more files and folders than one request may."""


class ContentTooLarge(LimitExceeded):
    """The content has more bytes than one request may send."""


class OverQuota(DropboxError):
    """The account does not have enough space.

    Attributes:
        needed_bytes: the bytes that the request would have added.
        free_bytes: the bytes that were free.
    """

    def __init__(self, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(needed_bytes, free_bytes)
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class ReadOnly(DropboxError):
    """The world is read-only."""


# --- cursors, uploads, references, links ---------------------------------------------------------


class BadCursor(DropboxError):
    """The cursor was not issued by this world, or not to this caller.

    Attributes:
        reason: `malformed`, `foreign` (for another account, app or root), `prefix` (for another
            path prefix) or `media` (for waiting, with media details).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UploadNotFound(DropboxError):
    """There is no such upload session, it has expired, or it belongs to another account.

    Attributes:
        upload_id: the id of the request.
    """

    def __init__(self, upload_id: str) -> None:
        super().__init__(upload_id)
        self.upload_id = upload_id


class UploadClosed(UploadNotFound):
    """The upload session is closed."""


class InvalidPiece(UploadNotFound):
    """A piece of a concurrent upload has an invalid offset or size, or is missing.

    Attributes:
        reason: `offset`, `size`, `end` if it ends beyond the maximum size of a file, or `missing`
            if the piece was not received before the commit.
    """

    def __init__(self, upload_id: str, reason: str) -> None:
        super().__init__(upload_id)
        self.reason = reason


class DifferentData(DropboxError):
    """A concurrent upload session has other bytes than those of the request.

    Attributes:
        offset: the offset of the stored piece, in bytes.
    """

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class WrongOffset(DropboxError):
    """The offset of a chunk is not the end of the upload session.

    Attributes:
        upload_id: the session.
        sent: the offset of the request, in bytes.
        offset: the correct offset, in bytes.
        expires_s: when the session expires, in seconds since 1970.
    """

    def __init__(self, upload_id: str, sent: int, offset: int, expires_s: int) -> None:
        super().__init__(upload_id, sent, offset)
        self.upload_id = upload_id
        self.sent = sent
        self.offset = offset
        self.expires_s = expires_s


class CopyRefNotFound(DropboxError):
    """There is no such copy reference, or it has expired."""


class CopySourceNotFound(CopyRefNotFound):
    """The file or folder of the copy reference was deleted."""


class LinkNotFound(DropboxError):
    """There is no such link, it has expired, or its file or folder was deleted."""


class LinkAccessDenied(LinkNotFound):
    """The caller may not use a shared link: the second key in its URL is wrong, for example."""


class LinkPasswordRequired(LinkAccessDenied):
    """The password of a shared link is missing or wrong."""


class NotInAudience(LinkAccessDenied):
    """The caller is not in the audience of a shared link."""


class DownloadNotAllowed(LinkAccessDenied):
    """The shared link does not allow downloads."""


class LinkSettingNotAllowed(DropboxError):
    """The type of the account does not have the setting of a shared link."""


class InvalidLinkSettings(DropboxError):
    """The settings of a shared link lack the password, or its expiry is in the past."""


class LinkSpent(LinkNotFound):
    """The link was used before, or has expired."""


class TagNotFound(DropboxError):
    """The file or folder has no such tag."""


class JobNotFound(DropboxError):
    """The account has no such job.

    Attributes:
        job_id: the id of the request.
    """

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id


class SharedFolderNotFound(DropboxError):
    """There is no such shared folder.

    Attributes:
        folder_id: the id of the request.
    """

    def __init__(self, folder_id: str) -> None:
        super().__init__(folder_id)
        self.folder_id = folder_id


class NamespaceNotAllowed(DropboxError):
    """The caller has no access to the namespace of the request, or there is none.

    Attributes:
        namespace_id: the id of the request.
    """

    def __init__(self, namespace_id: str) -> None:
        super().__init__(namespace_id)
        self.namespace_id = namespace_id


class InvalidRoot(DropboxError):
    """The namespace of the request is not the root of the caller.

    Attributes:
        root_id: the root namespace of the caller.
        home_id: the home namespace of the caller.
    """

    def __init__(self, root_id: int, home_id: int) -> None:
        super().__init__(root_id, home_id)
        self.root_id = root_id
        self.home_id = home_id


class ForeignUrl(DropboxError):
    """The URL does not belong to this emulator. It is never fetched."""


# --- credentials and permissions -----------------------------------------------------------------


class NotAllowed(DropboxError):
    """The credentials of the request do not permit it."""


class NoCredentials(NotAllowed):
    """The request has no credentials."""


class UnknownApp(NotAllowed):
    """No app has this key and secret."""


class InvalidAppCredentials(NotAllowed):
    """A request for a request token has an unknown app key or a wrong secret."""


class AppDisabled(NotAllowed):
    """The app is disabled."""


class UnknownToken(NotAllowed):
    """There is no such access token."""


class TokenRevoked(NotAllowed):
    """The access token was revoked."""


class TokenExpired(TokenRevoked):
    """The access token has expired."""


class InvalidBearerToken(NotAllowed):
    """The OAuth 2 access token is unknown, expired or revoked."""


class MalformedBearerToken(InvalidBearerToken):
    """The OAuth 2 access token has a form that no token has."""


class MissingScope(NotAllowed):
    """The access token does not have the scope that the route requires.

    Attributes:
        scope: the scope.
    """

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class ScopeNotPermitted(NotAllowed):
    """The app does not have the scope that the route requires.

    Attributes:
        scope: the scope.
    """

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class ExpiredBearerToken(InvalidBearerToken):
    """The OAuth 2 access token has expired."""


class TokenOfAnotherApp(NotAllowed):
    """The access token was not issued to the app that signed the request."""


class RequestTokenNotFound(NotAllowed):
    """There is no such request token, or it was exchanged or has expired."""


class RequestTokenNotAuthorized(NotAllowed):
    """The user has not allowed the request token, or has denied it."""


class BadSignature(NotAllowed):
    """The signature does not match the request and its credentials.

    Attributes:
        base_string: the text that should have been signed, if the method has one. It contains no
            secret.
    """

    def __init__(self, base_string: str | None = None) -> None:
        super().__init__(base_string)
        self.base_string = base_string


class StaleTimestamp(NotAllowed):
    """The timestamp of the signature differs too much from the clock."""


class NonceUsed(NotAllowed):
    """The nonce was used before."""


class WrongAccessLevel(NotAllowed):
    """The access level of the token does not include the root of the request.

    Attributes:
        requested: the root of the request, `dropbox` or `app_folder`.
    """

    def __init__(self, requested: str) -> None:
        super().__init__(requested)
        self.requested = requested


class BadGrant(NotAllowed):
    """The authorization code or refresh token cannot be exchanged.

    Attributes:
        reason: `code` or `refresh_token` (unknown, expired or revoked), `redirect_uri` or
            `code_verifier` (not the one of the authorization request).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidChallenge(NotAllowed):
    """A PKCE challenge, verifier or method that RFC 7636 does not allow; the text names it."""


class InvalidRedirectUri(DropboxError, ValueError):
    """A redirect URI that OAuth 2 does not allow; the text contains the reason."""


class InvalidScope(DropboxError, ValueError):
    """A scope that does not exist, or that the app does not have; the text contains the reason."""


class SecretRequired(NotAllowed):
    """A code or refresh token that requires the app's secret was sent without it."""


class WrongPassword(NotAllowed):
    """No account has this e-mail address and password."""


class AlreadyTaken(DropboxError, ValueError):
    """The e-mail address, app key or token exists already.

    Attributes:
        name: the value that exists.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        """The value, and that it exists."""
        return f"{self.name} exists already"


# --- the data directory --------------------------------------------------------------------------


class DataDirectoryError(DropboxError):
    """A data directory or snapshot cannot be used.

    Attributes:
        directory: the path.
        reason: the reason, as a sentence without a period.
    """

    def __init__(self, directory: str, reason: str) -> None:
        super().__init__(f"{directory}: {reason}")
        self.directory = directory
        self.reason = reason


class ContentDamaged(Exception):
    """A stored content differs from the uploaded content. The response is an internal error.

    Attributes:
        content_hash: the hash of the content.
        reason: the reason.
    """

    def __init__(self, content_hash: str, reason: str) -> None:
        super().__init__(f"the stored content {content_hash[:80]!r} is damaged: {reason}")
        self.content_hash = content_hash
        self.reason = reason
