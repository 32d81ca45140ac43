"""Preconsult's tests."""
