"""Where events are fetched from: sources on the web become pages on disk, and these become events."""
