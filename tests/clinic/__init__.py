"""Tests of the clinic's own knowledge; they run in both environments."""
