"""The web pages: authorization and links."""
