"""The documented calls of the API, one module for each family.

`DropboxClient` is the public class; programs do not import this package.
"""

from dropbox.api.account import AccountCalls
from dropbox.api.delta import DeltaCalls
from dropbox.api.downloads import DownloadCalls
from dropbox.api.entries import EntryCalls
from dropbox.api.fileops import FileopsCalls
from dropbox.api.sharing import SharingCalls
from dropbox.api.uploads import UploadCalls

__all__ = ["ApiCalls"]


class ApiCalls(
    AccountCalls,
    UploadCalls,
    DownloadCalls,
    EntryCalls,
    DeltaCalls,
    SharingCalls,
    FileopsCalls,
):
    """All documented calls."""
