"""The names of `keras.utils.control_flow_util`, none of which can be used."""

from tensorflow._absent import offer

__getattr__ = offer(__name__)
