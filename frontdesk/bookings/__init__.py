"""Bookings: what patients asked for and confirmed."""
