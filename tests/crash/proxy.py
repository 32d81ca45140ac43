"""A small TCP proxy that cuts connections at a random byte, in either direction."""

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from typing import Final

_PIECE: Final = 512
_FURTHEST_CUT: Final = 1_500


@dataclass
class CuttingProxy:
    """Passes on to `port`; a share of the connections (`cuts`, from 0 to 1) is cut."""

    port: int
    cuts: float
    random: random.Random
    own_port: int = 0
    cut: int = 0
    passed: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self.own_port}"

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.own_port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        self._server.close()
        for task in list(self._open):
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._pass_on(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return
        self.passed += 1
        left = [self.random.randrange(_FURTHEST_CUT)] if self.random.random() < self.cuts else None
        ways = [
            asyncio.ensure_future(_copy(reader, there[1], left)),
            asyncio.ensure_future(_copy(there[0], writer, left)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.cut += left is not None and left[0] < 0
            for way in ways:
                way.cancel()
            there[1].close()


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int] | None
) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            if left is not None:
                left[0] -= len(piece)
                if left[0] < 0:
                    writer.write(piece[: left[0]])
                    return
            writer.write(piece)
            await writer.drain()
