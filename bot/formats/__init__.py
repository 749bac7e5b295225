"""Page formats: the text of a Markdown file in, a page out. Pure."""
