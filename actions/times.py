"""Days and times of day in words, as the clinic's country writes them."""

from datetime import date, datetime, time


def day(moment: date) -> str:
    """Write a day like "Thursday, March 12"."""
    return f"{moment:%A, %B} {moment.day}"


def clock(moment: datetime | time) -> str:
    """Write a time of day like "8:30 AM"."""
    return f"{moment:%I:%M %p}".lstrip("0")
