"""What readers are shown: asks the archive, and chooses the cards and buttons.

An ``…_answer`` answers a command, from what was typed to a screen. A ``…_screen`` shows one thing, and is None where
the archive no longer has it.
"""
