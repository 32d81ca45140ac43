"""The operation log: what clients tried, what they were told, and how things stood at the end.

One JSON object a line: `{"at": seconds, "op": …, "type": "invoke"|"ok"|"fail", …}`. The checker
reads nothing else.
"""

import json
import time
from pathlib import Path
from typing import Any


class History:
    """Writes the log."""

    def __init__(self, path: Path) -> None:
        """Begin a new file."""
        self.path = path
        self._file = path.open("w", encoding="utf-8")

    def add(self, op: str, kind: str, **more: Any) -> None:
        """Write one line."""
        line = {"at": round(time.monotonic(), 4), "op": op, "type": kind, **more}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
