"""What the tests share: sample pages, processes, ledgers, a simulated server; the fixtures are in conftest.py."""
