"""Daily posts: when they are due, what they show, how they reach Discord exactly once."""
