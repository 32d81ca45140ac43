"""A command that is told to stop ends like one that fails: it cleans up, and says one line."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

from frontdesk.backup.archive import BackupError

# Besides Ctrl-C: a service manager, and a terminal that was closed.
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Raises `BackupError` when the process is told to stop, after all blocks inside have ended."""
    # What is ignored stays ignored: `nohup` means it.
    heard = [each for each in _SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, _stop) for each in heard}
    try:
        yield
    except KeyboardInterrupt:
        raise BackupError("Stopped before the end; nothing of it was kept.") from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
