"""How fast Daybook is: figures against limits measured in the same run. Run it as ``python -m benchmarks``."""
