"""The signer of the raw cases follows RFC 5849."""

from conformance import signer


def test_base_string_of_the_specification():
    """The base string of the example in RFC 5849, section 3.4.1.1, is reproduced."""
    url = "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
    pairs = [
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
        ("c2", ""),
        ("a3", "2 q"),
    ]
    assert signer.base_string("post", url, pairs) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D"
        "%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e"
        "4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9"
        "d7dh3k39sjv7"
    )


def test_plaintext_signature_has_both_secrets():
    """A PLAINTEXT signature is the encoded secrets of the app and the token."""
    fields = signer.parameters(("key", "a&b"), ("token", "c"), "GET", "x", None, "PLAINTEXT")
    assert (fields["oauth_signature"], fields["oauth_token"]) == ("a%26b&c", "token")
