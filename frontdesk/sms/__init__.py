"""Text messages: taken in, sent, and what carriers and patients expect of both."""
