"""Page formats: the text of a file in, a page out. Pure."""
