"""The names of `tensorflow.types`, none of which can be used."""

from tensorflow._absent import offer

__getattr__ = offer(__name__)
