"""Turns: the worker that consults the assistant and applies what it answered."""
