"""A Discord on loopback: its gateway, its HTTP API and its limits, for the whole process and for benchmarks."""
