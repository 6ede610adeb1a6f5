"""File types, icons, thumbnails and previews."""
