"""Conversations: their numbered messages, who owns them, what waits for the assistant, the feed."""
