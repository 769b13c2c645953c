"""A PostgreSQL proxy on localhost that counts, adds latency, cuts connections and swallows what passes.

with Proxy("/run/scratch/.s.PGSQL.5432", delay=0.02) as proxy:
    psycopg.connect(f"postgresql://user@127.0.0.1:{proxy.port}/db") …
    proxy.round_trips, proxy.statements

`proxy.on_message` is asked about each message of a client, which is a point at which things may go wrong.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

_NEGOTIATION = {80877103, 80877104}  # SSLRequest, GSSENCRequest: another first packet follows
_CANCEL = 80877102


class Fate(Enum):
    """What becomes of a connection at one of its client's messages."""

    GO_ON = "nothing happens"
    CUT = "it is cut before the server gets the message"
    CUT_AFTER = "it is cut once the server has answered, before the client hears of it"
    HOLD = "nothing passes any more, in either direction, until the proxy resumes"


Ask = Callable[[int, bytes, bytes], Fate]
"""Given the number of the message (from 1, over all connections), its kind and its body."""


@dataclass
class FrontendParser:
    """Follows what a client says and keeps the statements that it has the server execute."""

    statements: list[str] = field(default_factory=list)
    _buffer: bytearray = field(default_factory=bytearray)
    _started: bool = False
    _prepared: dict[bytes, str] = field(default_factory=dict)
    _bound: str = ""

    def feed(self, data: bytes) -> list[tuple[bytes, bytes, bool]]:
        """Take what was sent; gives the complete messages: kind, body, whether it asks for an answer.

        Connecting is left aside in what asks for one.
        """
        self._buffer += data
        found = []
        while (message := self._next()) is not None:
            found.append((*message, self._note(*message)))
        return found

    def _next(self) -> tuple[bytes, bytes] | None:
        head = 1 if self._started else 0
        if len(self._buffer) < head + 4:
            return None
        (length,) = struct.unpack_from("!i", self._buffer, head)
        if len(self._buffer) < head + length:
            return None
        kind, body = bytes(self._buffer[:head]), bytes(self._buffer[head + 4 : head + length])
        del self._buffer[: head + length]
        return kind, body

    def _note(self, kind: bytes, body: bytes) -> bool:
        if kind == b"":
            (code,) = struct.unpack_from("!i", body)
            self._started = code not in _NEGOTIATION | {_CANCEL}
        elif kind == b"Q":
            self.statements.append(body.rstrip(b"\0").decode(errors="replace"))
        elif kind == b"P":
            name, query = body.split(b"\0")[:2]
            self._prepared[name] = query.decode(errors="replace")
        elif kind == b"B":
            self._bound = self._prepared.get(body.split(b"\0")[1], "")
        elif kind == b"E":
            self.statements.append(self._bound)
        return kind in (b"Q", b"S", b"H")


class Proxy:
    """Forwards to `upstream`, a (host, port) or the path of a Unix socket, from a port of its own.

    delay: seconds that every answer is held back (one round trip's worth of latency).
    """

    def __init__(self, upstream: tuple[str, int] | str | Path, *, delay: float = 0.0) -> None:
        self.upstream = upstream
        self.delay = delay
        self.port = 0
        self.connections = 0
        self.round_trips = 0
        self.statements: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._open: asyncio.Event | None = None
        self.messages = 0
        self.on_message: Ask | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def reset(self) -> None:
        """Start counting anew."""
        self.connections, self.round_trips, self.messages = 0, 0, 0
        self.statements.clear()

    def hole(self) -> None:
        """Let nothing pass from now on, in either direction, and tell nobody."""
        self._loop.call_soon_threadsafe(self._passing().clear)

    def resume(self) -> None:
        """Deliver what was held back, and what comes."""
        self._loop.call_soon_threadsafe(self._passing().set)

    def _passing(self) -> asyncio.Event:
        assert self._open is not None, "the proxy is not started"
        return self._open

    def fate(self, kind: bytes, body: bytes) -> Fate:
        """What becomes of the connection at the next message."""
        self.messages += 1
        return self.on_message(self.messages, kind, body) if self.on_message else Fate.GO_ON

    async def passing(self) -> None:
        """Wait while nothing may pass."""
        await self._passing().wait()

    async def held(self) -> None:
        """Let nothing pass from this very message on."""
        self._passing().clear()
        await self.passing()

    def cut(self) -> None:
        """Break every connection, as a crashing server or network does."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    async def _cut(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._open = asyncio.Event()
        self._open.set()
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if isinstance(self.upstream, tuple):
                back, forth = await asyncio.open_connection(*self.upstream)
            else:
                back, forth = await asyncio.open_unix_connection(str(self.upstream))
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, forth}
        session = _Session(self)
        ways = [
            asyncio.ensure_future(session.ask(reader, forth)),
            asyncio.ensure_future(session.answer(back, writer)),
        ]
        try:
            await asyncio.gather(*ways)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers -= {writer, forth}
            for end in (writer, forth):
                end.transport.abort()


class _Session:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._parser = FrontendParser(proxy.statements)
        self._answered = True
        self._doomed = False

    async def ask(self, reader: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._proxy.passing()
            for kind, body, asks in self._parser.feed(data):
                # What is sent before the last answer arrived belongs to the same round trip: a pipeline.
                if asks and self._answered:
                    self._proxy.round_trips += 1
                    self._answered = False
                fate = self._proxy.fate(kind, body)
                if fate is Fate.CUT or self._doomed:
                    raise ConnectionAbortedError
                self._doomed = fate is Fate.CUT_AFTER
                if fate is Fate.HOLD:
                    await self._proxy.held()
                forth.write(kind + struct.pack("!i", len(body) + 4) + body)
                await forth.drain()
        forth.transport.abort()

    async def answer(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        deliver = asyncio.ensure_future(self._deliver(queue, writer))
        loop = asyncio.get_running_loop()
        try:
            while data := await back.read(65536):
                await self._proxy.passing()
                if self._doomed:
                    raise ConnectionAbortedError
                queue.put_nowait((loop.time() + self._proxy.delay, data))
            queue.put_nowait((loop.time() + self._proxy.delay, b""))
            await deliver
        finally:
            deliver.cancel()

    async def _deliver(self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            when, data = await queue.get()
            await asyncio.sleep(max(0.0, when - loop.time()))
            if not data:
                writer.transport.abort() if writer.is_closing() else writer.close()
                return
            self._answered = True
            writer.write(data)
            await writer.drain()
