"""The website chat: visits, messages in, and the live feed out."""
