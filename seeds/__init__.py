"""The starter archive: the page that the project was given, and Daybook's own, bundled by month."""
