"""The vocabulary and the rules of Daybook: immutable values and pure functions; no files, no network, no clock."""
