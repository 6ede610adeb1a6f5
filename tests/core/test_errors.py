"""Core errors contain the data for the responses of the API."""

from fakebox.core.errors import BadSignature, DropboxError, NotAllowed, SharedFolderNotFound


def test_shared_folder_error_has_the_folder_id():
    """The error for an unknown shared folder contains its ID, which is part of the response."""
    error = SharedFolderNotFound("17")
    assert isinstance(error, DropboxError)
    assert error.folder_id == "17"


def test_bad_signature_error_has_the_base_string():
    """The base string of the error is None if the signature method does not use one."""
    error = BadSignature("GET&http")
    assert isinstance(error, NotAllowed)
    assert (error.base_string, BadSignature().base_string) == ("GET&http", None)
