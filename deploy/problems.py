"""What the person at the keyboard can put right."""


class Problem(Exception):
    """One line that says what is wrong, where, and what to do; shown without a traceback."""
