"""MIME types of files, against the registry of media types."""

from __future__ import annotations

import pytest

from fakebox.media.file_types import file_type_of

# From the registry of media types (IANA) and the list of Apache that the systems of Debian share.
REGISTERED = {
    "aac": "audio/aac",
    "ai": "application/postscript",
    "bmp": "image/bmp",
    "css": "text/css",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eps": "application/postscript",
    "flac": "audio/flac",
    "gif": "image/gif",
    "html": "text/html",
    "htm": "text/html",
    "jar": "application/java-archive",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "m4a": "audio/mp4",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "psd": "image/vnd.adobe.photoshop",
    "rtf": "application/rtf",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "webm": "video/webm",
    "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
    "3gp": "video/3gpp",
    # Registered since 2002, and named text/javascript since 2022.
    "js": "application/javascript",
}
# Types without a registration, or with one that is younger than version 1.
UNREGISTERED = {
    "7z": "application/x-7z-compressed",
    "aiff": "audio/x-aiff",
    "avi": "video/x-msvideo",
    "bz2": "application/x-bzip2",
    "c": "text/x-csrc",
    "cc": "text/x-c++src",
    "cpp": "text/x-c++src",
    "cs": "text/x-csharp",
    "dll": "application/x-msdownload",
    "exe": "application/x-msdownload",
    "flv": "video/x-flv",
    "gz": "application/x-gzip",
    "h": "text/x-chdr",
    "hpp": "text/x-c++hdr",
    "ico": "image/x-icon",
    "iso": "application/x-iso9660-image",
    "java": "text/x-java",
    "m4v": "video/x-m4v",
    "mkv": "video/x-matroska",
    "php": "application/x-httpd-php",
    "pl": "text/x-perl",
    "py": "text/x-python",
    "rar": "application/x-rar-compressed",
    "rb": "text/x-ruby",
    "sh": "application/x-sh",
    "sqlite": "application/x-sqlite3",
    "swf": "application/x-shockwave-flash",
    "tar": "application/x-tar",
    "tgz": "application/x-gzip",
    "wav": "audio/x-wav",
    "wma": "audio/x-ms-wma",
    "wmv": "video/x-ms-wmv",
}


@pytest.mark.parametrize("extension", sorted(REGISTERED | UNREGISTERED))
def test_type_of_an_extension(extension):
    """The type is the whole registered name, in any case of the extension."""
    expected = (REGISTERED | UNREGISTERED)[extension]
    for name in (f"a.{extension}", f"a.b.{extension.upper()}"):
        assert file_type_of(name).mime_type == expected


def test_types_without_a_registration_begin_with_x():
    """A type outside the registry is marked as one."""
    assert all("/x-" in mime_type for mime_type in UNREGISTERED.values())
    assert not any("/x-" in mime_type for mime_type in REGISTERED.values())


@pytest.mark.parametrize("name", ["a", "a.", ".a", "a.nonsense", "a.db", "pptx"])
def test_unknown_extension_is_bytes(name):
    """A name without a known extension has the type of bytes."""
    assert file_type_of(name).mime_type == "application/octet-stream"


@pytest.mark.parametrize("name", ["a.log", "a.ini"])
def test_other_texts_are_plain(name):
    """Texts with an extension of no registered type are plain texts."""
    assert file_type_of(name).mime_type == "text/plain"
