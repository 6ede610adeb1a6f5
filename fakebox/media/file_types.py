"""MIME type, icon and thumbnail support of a file, by its extension.

The service used the extension only. The tables are fixed, so results are the same on all machines.
"""

from collections.abc import Collection
from dataclasses import dataclass

_DEFAULT_TYPE = "application/octet-stream"
_THUMBNAIL_LIMIT_BYTES = 20 * 1024 * 1024
_TEXTUAL_TYPES = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/x-httpd-php",
        "application/x-sh",
        "application/xml",
        "image/svg+xml",
    }
)
# By icon, or by the first half of the MIME type.
_PREVIEW_TYPES = {
    "page_white_word": "doc",
    "page_white_excel": "doc",
    "page_white_powerpoint": "doc",
    "page_white_acrobat": "pdf",
    "image": "photo",
    "video": "video",
    "audio": "audio",
}
# The extensions with thumbnails: those of version 1, and those that version 2 documents.
_THUMBNAILED = frozenset({"jpg", "jpeg", "png", "tiff", "tif", "gif", "bmp"})
THUMBNAILED_BY_V2: frozenset[str] = _THUMBNAILED | {"webp", "ppm"}


class NoThumbnail(Exception):
    """The service makes no thumbnails of the file.

    Attributes:
        extension: the extension of the file, with the dot; empty if there is none.
    """

    def __init__(self, extension: str) -> None:
        super().__init__(extension)
        self.extension = extension


@dataclass(frozen=True, slots=True)
class FileType:
    """The MIME type and the icon of an extension."""

    mime_type: str
    icon: str

    @property
    def is_text(self) -> bool:
        """Whether the content is text."""
        return self.mime_type.startswith("text/") or self.mime_type in _TEXTUAL_TYPES

    @property
    def preview_type(self) -> str:
        """The type of the preview in the metadata of a link of version 2."""
        if self.is_text:
            return "text"
        kind = self.mime_type.partition("/")[0]
        return _PREVIEW_TYPES.get(self.icon) or _PREVIEW_TYPES.get(kind, "other")


# The MIME type of each extension, by its icon. The types are those of the registry of media types
# (IANA) of the years of version 1; types that were registered later still begin with `x-`.
_TYPES: dict[str, dict[str, str]] = {
    "page_white_text": {
        "txt": "text/plain",
        "log": "text/plain",
        "ini": "text/plain",
    },
    "page_white": {
        "csv": "text/csv",
    },
    "page_white_acrobat": {
        "pdf": "application/pdf",
    },
    "page_white_picture": {
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "png": "image/png",
        "gif": "image/gif",
        "bmp": "image/bmp",
        "tif": "image/tiff",
        "tiff": "image/tiff",
        "webp": "image/webp",
        "ico": "image/x-icon",
        "psd": "image/vnd.adobe.photoshop",
    },
    "page_white_film": {
        "avi": "video/x-msvideo",
        "mov": "video/quicktime",
        "mp4": "video/mp4",
        "m4v": "video/x-m4v",
        "mpg": "video/mpeg",
        "mpeg": "video/mpeg",
        "wmv": "video/x-ms-wmv",
        "mkv": "video/x-matroska",
        "webm": "video/webm",
        "flv": "video/x-flv",
        "3gp": "video/3gpp",
    },
    "page_white_sound": {
        "mp3": "audio/mpeg",
        "wav": "audio/x-wav",
        "m4a": "audio/mp4",
        "ogg": "audio/ogg",
        "flac": "audio/flac",
        "aac": "audio/aac",
        "aiff": "audio/x-aiff",
        "wma": "audio/x-ms-wma",
    },
    "page_white_word": {
        "doc": "application/msword",
        "rtf": "application/rtf",
        "odt": "application/vnd.oasis.opendocument.text",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    },
    "page_white_excel": {
        "xls": "application/vnd.ms-excel",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    },
    "page_white_powerpoint": {
        "ppt": "application/vnd.ms-powerpoint",
        "odp": "application/vnd.oasis.opendocument.presentation",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    },
    "page_white_compressed": {
        "zip": "application/zip",
        "gz": "application/x-gzip",
        "tgz": "application/x-gzip",
        "tar": "application/x-tar",
        "rar": "application/x-rar-compressed",
        "7z": "application/x-7z-compressed",
        "bz2": "application/x-bzip2",
    },
    "page_white_code": {
        "html": "text/html",
        "htm": "text/html",
        "xml": "application/xml",
        "css": "text/css",
        "js": "application/javascript",
        "json": "application/json",
        "py": "text/x-python",
        "sh": "application/x-sh",
        "pl": "text/x-perl",
    },
    "page_white_php": {
        "php": "application/x-httpd-php",
    },
    "page_white_ruby": {
        "rb": "text/x-ruby",
    },
    "page_white_c": {
        "c": "text/x-csrc",
        "h": "text/x-chdr",
    },
    "page_white_cplusplus": {
        "cpp": "text/x-c++src",
        "cc": "text/x-c++src",
        "hpp": "text/x-c++hdr",
    },
    "page_white_csharp": {
        "cs": "text/x-csharp",
    },
    "page_white_cup": {
        "java": "text/x-java",
        "jar": "application/java-archive",
    },
    "page_white_flash": {
        "swf": "application/x-shockwave-flash",
    },
    "page_white_vector": {
        "svg": "image/svg+xml",
        "ai": "application/postscript",
        "eps": "application/postscript",
    },
    "page_white_dvd": {
        "iso": "application/x-iso9660-image",
    },
    "page_white_gear": {
        "exe": "application/x-msdownload",
        "dll": "application/x-msdownload",
    },
    "page_white_database": {
        "db": "application/octet-stream",
        "sqlite": "application/x-sqlite3",
    },
}
_KINDS: dict[str, FileType] = {
    extension: FileType(mime_type, icon)
    for icon, types in _TYPES.items()
    for extension, mime_type in types.items()
}
_UNKNOWN = FileType(_DEFAULT_TYPE, "page_white")

# Folders with another icon, by their path in the whole Dropbox.
_FOLDER_ICONS = {
    "/apps": "folder_app",
    "/camera uploads": "folder_camera",
    "/photos": "folder_photos",
    "/public": "folder_public",
}


def file_type_of(name: str) -> FileType:
    """The file type of a name."""
    return _KINDS.get(extension_of(name), _UNKNOWN)


def folder_icon(path: str) -> str:
    """The icon of a folder, by its path in the whole Dropbox."""
    return _FOLDER_ICONS.get(path.lower(), "folder")


def may_have_thumbnail(
    name: str, size_bytes: int, extensions: Collection[str] = _THUMBNAILED
) -> bool:
    """Whether the service makes thumbnails of files with this name and size.

    Args:
        name: the name of the file.
        size_bytes: the size of the file.
        extensions: the extensions with thumbnails; by default those of version 1.
    """
    return extension_of(name) in extensions and size_bytes <= _THUMBNAIL_LIMIT_BYTES


def check_thumbnail(name: str, size_bytes: int, extensions: Collection[str] = _THUMBNAILED) -> None:
    """Check that the service makes thumbnails of files with this name and size.

    Args:
        name, size_bytes, extensions: as for `may_have_thumbnail`.

    Raises:
        NoThumbnail: the service makes no thumbnail of the file.
    """
    if not may_have_thumbnail(name, size_bytes, extensions):
        extension = extension_of(name)
        raise NoThumbnail(f".{extension}" if extension else "")


def may_have_media_info(name: str, size_bytes: int) -> bool:
    """Whether version 2 of the API has media info for pictures with this name and size."""
    return may_have_thumbnail(name, size_bytes, THUMBNAILED_BY_V2 - {"png"})


def extension_of(name: str) -> str:
    """The extension of a name in lower case, without the dot; empty if there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
