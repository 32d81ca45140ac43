"""A stand-in for TensorFlow: its names exist, and none can be used (`_absent.py`)."""

from tensorflow._absent import offer

__getattr__ = offer(__name__)
