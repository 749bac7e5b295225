"""The starter archive: pages that fill an empty archive, found through importlib.resources."""
