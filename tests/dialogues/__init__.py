"""Simulated patients who book: what they say and what must come of it, and a report."""
