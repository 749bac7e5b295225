"""A world decided by a seed, in virtual time: the real delivery of daily posts against everything that can go wrong.

``python -m tests.simulation --seed N`` plays one world; CONTRIBUTING.md says more.
"""
