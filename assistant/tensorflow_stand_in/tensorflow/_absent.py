"""Names that exist and cannot be used.

Rasa imports TensorFlow when it starts, to define layers and metrics that our pipeline never
makes. So every name here can be imported, read, subclassed and asked about with `isinstance`,
and calling one is an error that says how to get the real thing.
"""

from collections.abc import Callable
from typing import Any, NoReturn

_MESSAGE = (
    "{name} was called, but this environment has no TensorFlow: Preconsult's own pipeline needs "
    "none, and a stand-in answers its name. To use a pipeline or policy that needs it, run "
    "`uv pip uninstall preconsult-tensorflow-stand-in` and then `uv pip install "
    "tensorflow==2.12.0 tensorflow-text==2.12.0 'tensorflow-hub<0.14'` "
    "(docs/decisions/0002-no-tensorflow.md)."
)

# thinc takes a package that has it for a real TensorFlow, and asks it for graphics cards.
_NEVER = frozenset({"experimental"})


class TensorFlowIsMissing(RuntimeError):
    """Something called a name of TensorFlow or Keras; the message says how to install it."""


class Absent(type):
    """The type of every name: a class whose call fails, and whose members are names again."""

    def __call__(cls, *args: object, **kwargs: object) -> NoReturn:
        """Fail, for the name itself and for whatever Rasa derived from it."""
        raise TensorFlowIsMissing(_MESSAGE.format(name=cls.__qualname__))

    def __getattr__(cls, name: str) -> "Absent":
        if name.startswith("__") or "__absent__" not in cls.__dict__:
            raise AttributeError(name)
        return absent(f"{cls.__qualname__}.{name}")


def absent(path: str) -> Absent:
    """Make the name `path`, like `tensorflow.keras.layers.Dense`."""
    return Absent(path.rpartition(".")[2], (), {"__qualname__": path, "__absent__": True})


def offer(module: str) -> Callable[[str], Any]:
    """Return a module's `__getattr__`: every public name of it exists."""

    def find(name: str) -> Absent:
        if name.startswith("__") or (module == "tensorflow" and name in _NEVER):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return absent(f"{module}.{name}")

    return find
