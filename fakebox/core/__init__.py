"""A Dropbox without HTTP: accounts, files with their revisions, the change log, uploads and links.

Every dialect of the API uses this package, and no dialect uses another. The package imports the
standard library only, and contains no status codes, JSON or parameter names.
"""
