"""Refusals carry what a dialect needs to tell its client, and no text."""

from fakebox.core.errors import BadSignature, NotAllowed, Refused, SharedFolderNotFound


def test_refusal_of_a_shared_folder_says_which():
    """The service's answer names it."""
    refusal = SharedFolderNotFound("17")
    assert isinstance(refusal, Refused)
    assert refusal.folder_id == "17"


def test_refusal_of_a_signature_says_what_should_have_been_signed():
    """A method that signs nothing has nothing to say."""
    refusal = BadSignature("GET&http")
    assert isinstance(refusal, NotAllowed)
    assert (refusal.base_string, BadSignature().base_string) == ("GET&http", None)
