"""How well Daybook answers: whether readers get first what they expect. Run it as ``python -m benchmarks.answers``."""
