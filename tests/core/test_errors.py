"""Refusals carry what a dialect needs to tell its client, and no text."""

from fakebox.core.errors import BadSignature, DropboxError, NotAllowed, SharedFolderNotFound


def test_refusal_of_a_shared_folder_says_which():
    """The service's answer names it."""
    error = SharedFolderNotFound("17")
    assert isinstance(error, DropboxError)
    assert error.folder_id == "17"


def test_refusal_of_a_signature_says_what_should_have_been_signed():
    """A method that signs nothing has nothing to say."""
    error = BadSignature("GET&http")
    assert isinstance(error, NotAllowed)
    assert (error.base_string, BadSignature().base_string) == ("GET&http", None)
