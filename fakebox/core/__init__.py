"""A Dropbox without HTTP: accounts, files with their revisions, the change log, uploads and links.

Each version of the API imports this package, and no version imports another. The package imports
the standard library only, and contains no status codes, JSON or parameter names.
"""
