"""The documented calls, a family a module; `dropbox.client` joins them.

Nothing here is imported by users: `DropboxClient` has it all.
"""
