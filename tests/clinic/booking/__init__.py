"""Tests of the booking reader."""
