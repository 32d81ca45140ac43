"""Messages that judge how safely the assistant understands; nothing is learned from them."""
