"""Backup: everything in one file that either database can be filled from again."""
