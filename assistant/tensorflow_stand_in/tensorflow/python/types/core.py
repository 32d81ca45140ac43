"""The names of `tensorflow.python.types.core`, none of which can be used."""

from tensorflow._absent import offer

__getattr__ = offer(__name__)
