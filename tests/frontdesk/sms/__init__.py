"""Tests of the text messages, against a stand-in for the provider behind a real socket."""
