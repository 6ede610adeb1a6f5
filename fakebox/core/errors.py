"""Why the emulated Dropbox refuses: one class a meaning, carrying what a dialect needs to word it.

Not here: texts and statuses. Each dialect keeps its own table from these classes to its answers.
"""


class DropboxError(Exception):
    """The request can't be done; nothing was changed."""


# --- paths ---------------------------------------------------------------------------------------


class PathError(DropboxError):
    """A path that this Dropbox can't or won't act on.

    Attributes:
        path: the path as the caller wrote it, within the caller's root.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class IllegalPath(PathError):
    """The path can't be a name in any Dropbox.

    Attributes:
        reason: one of `dot`, `backslash`, `control`, `too_long`, `trailing_space`, `non_bmp`,
            `forbidden_character`, `surrogate`, `root`, `app_name`.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path)
        self.reason = reason


class IgnoredName(PathError):
    """The name is one that Dropbox never stores (`desktop.ini`, `.DS_Store`, ...)."""


class NotFound(PathError):
    """Nothing stands at the path."""


class RevisionNotFound(PathError):
    """The path has no such revision.

    Attributes:
        rev: the revision asked for.
    """

    def __init__(self, path: str, rev: str) -> None:
        super().__init__(path)
        self.rev = rev


class UnknownParentRev(RevisionNotFound):
    """An upload names a parent revision that was never issued for its path."""


class NotAFile(PathError):
    """The path is a folder where a file is needed."""


class NotAFolder(PathError):
    """The path is a file where a folder is needed."""


class ParentIsAFile(PathError):
    """The path leads through a file; `path` is that file's."""


class RootNotAllowed(PathError):
    """The root can't be the object of this call."""


class Taken(PathError):
    """Something stands at the path.

    Attributes:
        by_folder: whether it is a folder.
    """

    def __init__(self, path: str, *, by_folder: bool) -> None:
        super().__init__(path)
        self.by_folder = by_folder


class AlreadyExists(Taken):
    """Something stands at the path and the call may not rename."""


class FolderExists(AlreadyExists):
    """Something stands where a folder is to be made."""


class FolderInTheWay(PathError):
    """A file is to replace a folder."""


class UploadConflict(Taken):
    """The upload conflicts with what is there and may not be renamed."""


class IntoItself(PathError):
    """A folder is to be moved or copied into itself."""


# --- amounts -------------------------------------------------------------------------------------


class LimitExceeded(DropboxError):
    """A bound was passed.

    Attributes:
        limit: the bound.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class TooManyEntries(LimitExceeded):
    """The folder has more entries than the caller wants listed."""


class TooManyItems(LimitExceeded):
    """The operation would touch more files and folders than one call may."""


class ContentTooLarge(LimitExceeded):
    """The content has more bytes than one call may send."""


class OverQuota(DropboxError):
    """The account has no room for it.

    Attributes:
        needed_bytes: how much the call would have added.
        free_bytes: how much there was.
    """

    def __init__(self, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(needed_bytes, free_bytes)
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class ReadOnly(DropboxError):
    """The world takes no changes at the moment."""


# --- cursors, uploads, references, links ---------------------------------------------------------


class BadCursor(DropboxError):
    """A cursor that this Dropbox didn't issue, or not to this caller.

    Attributes:
        reason: `malformed`, `foreign` (another account's, app's or root's) or `prefix` (another
            path prefix than the cursor was made with).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UploadNotFound(DropboxError):
    """No such upload session, or it has expired or is another account's.

    Attributes:
        upload_id: what was asked for.
    """

    def __init__(self, upload_id: str) -> None:
        super().__init__(upload_id)
        self.upload_id = upload_id


class UploadClosed(UploadNotFound):
    """The chunked upload takes no more."""


class InvalidPiece(UploadNotFound):
    """A piece of a concurrent upload can't be where it is, or of that size.

    Attributes:
        reason: `offset`, `size`, or `missing` for one that isn't there when the upload is
            committed.
    """

    def __init__(self, upload_id: str, reason: str) -> None:
        super().__init__(upload_id)
        self.reason = reason


class WrongOffset(DropboxError):
    """A chunk that doesn't begin where the session ends.

    Attributes:
        upload_id: the session.
        sent: the offset that the caller gave.
        offset: the session's true offset, in bytes.
        expires_s: when the session ends, in seconds since 1970.
    """

    def __init__(self, upload_id: str, sent: int, offset: int, expires_s: int) -> None:
        super().__init__(upload_id, sent, offset)
        self.upload_id = upload_id
        self.sent = sent
        self.offset = offset
        self.expires_s = expires_s


class CopyRefNotFound(DropboxError):
    """No such copy reference, or it has expired."""


class LinkNotFound(DropboxError):
    """No such link, or it has expired, or what it shows is gone."""


class LinkSpent(LinkNotFound):
    """The link did work: it has been used up, or has expired."""


class TagNotFound(DropboxError):
    """The file or folder has no such tag."""


class JobNotFound(DropboxError):
    """No such job of this account.

    Attributes:
        job_id: what was asked for.
    """

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id


class SharedFolderNotFound(DropboxError):
    """No such shared folder.

    Attributes:
        folder_id: what was asked for.
    """

    def __init__(self, folder_id: str) -> None:
        super().__init__(folder_id)
        self.folder_id = folder_id


class ForeignUrl(DropboxError):
    """A URL that this emulator doesn't serve and so never fetches."""


# --- who may -------------------------------------------------------------------------------------


class NotAllowed(DropboxError):
    """The caller's credentials don't let it in."""


class NoCredentials(NotAllowed):
    """The request carries no credentials at all."""


class UnknownApp(NotAllowed):
    """No app has this key, or its secret is another."""


class InvalidAppCredentials(NotAllowed):
    """Whoever asks for a request token isn't the app; whether the key is known isn't told."""


class AppDisabled(NotAllowed):
    """The app may not be used any more."""


class UnknownToken(NotAllowed):
    """No access token reads like this one."""


class TokenRevoked(NotAllowed):
    """The access token was good once and isn't any more."""


class TokenExpired(TokenRevoked):
    """The access token was good for some time, and that is over."""


class InvalidBearerToken(NotAllowed):
    """The OAuth 2 access token is unknown, expired or revoked."""


class ExpiredBearerToken(InvalidBearerToken):
    """The OAuth 2 access token has expired."""


class TokenOfAnotherApp(NotAllowed):
    """The access token was issued to another app than the one that signs."""


class RequestTokenNotFound(NotAllowed):
    """No such request token, or it is spent or expired."""


class RequestTokenNotAuthorized(NotAllowed):
    """The user hasn't allowed the request token, or has denied it."""


class BadSignature(NotAllowed):
    """The signature isn't the one that the credentials make.

    Attributes:
        base_string: what should have been signed, where the method has one; holds no secret.
    """

    def __init__(self, base_string: str | None = None) -> None:
        super().__init__(base_string)
        self.base_string = base_string


class StaleTimestamp(NotAllowed):
    """The request was signed too long ago, or in the future."""


class NonceUsed(NotAllowed):
    """The same nonce came before."""


class WrongAccessLevel(NotAllowed):
    """The token's access level has no such root.

    Attributes:
        wanted: `dropbox` or `app_folder`, the root that was asked for.
    """

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


class BadGrant(NotAllowed):
    """An authorisation code or refresh token that can't be exchanged."""


class InvalidChallenge(NotAllowed):
    """A PKCE challenge, verifier or method that RFC 7636 doesn't allow; the text says which."""


class InvalidRedirectUri(DropboxError, ValueError):
    """A redirect URI that OAuth 2 doesn't allow; the text says what is wrong with it."""


class SecretRequired(NotAllowed):
    """A code or refresh token that needs the app's secret was sent without it."""

    def __init__(self) -> None:
        super().__init__("No auth function available for given request")


class WrongPassword(NotAllowed):
    """No account has this e-mail address and password."""


class AlreadyTaken(DropboxError):
    """An e-mail address, app key or token that another one has.

    Attributes:
        name: what is taken.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


# --- the data directory --------------------------------------------------------------------------


class DataDirectoryError(DropboxError):
    """The data directory can't be used; `reason` says why, in a sentence for its owner."""

    def __init__(self, directory: str, reason: str) -> None:
        super().__init__(f"{directory}: {reason}")
        self.directory = directory
        self.reason = reason


class ContentDamaged(Exception):
    """A stored content can't be read as it was uploaded; `reason` says why.

    Not a response that a client can do anything about: it becomes an internal error.
    """

    def __init__(self, content_hash: str, reason: str) -> None:
        super().__init__(f"the stored content {content_hash[:80]!r} is damaged: {reason}")
        self.content_hash = content_hash
        self.reason = reason
