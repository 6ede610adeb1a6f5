"""A Dropbox with no HTTP in it: accounts, a tree of files with its past, and what others may see of
it.

Every dialect of the API stands on this package and on nothing else of one another. It knows no
status code, no JSON and no parameter name; it imports the standard library only.
"""
