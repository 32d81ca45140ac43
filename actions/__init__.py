"""Rasa custom actions: they decide and speak, one file a topic, and keep nothing."""
