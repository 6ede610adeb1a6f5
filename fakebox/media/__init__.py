"""Files as people see them: types, icons, thumbnails and previews."""
