"""Handovers: what waits for a person, and the card that tells them why."""
