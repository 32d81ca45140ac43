"""A booking request: reading what patients write, and what is still to be asked. Pure.

No clock and no I/O but this package's own word lists: the time of the turn is passed in.

    facts.py    everything that one message says of a booking
    names.py people.py contact.py times.py answers.py    what one kind of fact looks like
    calendar.py    whether the clinic is open then, and when else
    draft.py    what is known, what is asked next, and the reference
    words.yml    the words for all of it
"""
