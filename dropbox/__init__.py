"""The Dropbox Core API SDK for Python 3."""
