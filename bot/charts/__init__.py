"""Charts of a topic's years, drawn in a process of its own."""
