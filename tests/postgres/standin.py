"""A server that speaks the beginning of PostgreSQL's protocol, and refuses as told, or lets through."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104

# What the stand-in does with one connection.
Act = Callable[[socket.socket, dict[str, str]], None]


def refuse(message: str, code: str = "08006", severity: str = "FATAL") -> Act:
    """Answer with an ErrorResponse, as a server and Neon's proxy do."""

    def act(client: socket.socket, _startup: dict[str, str]) -> None:
        fields = f"S{severity}\0V{severity}\0C{code}\0M{message}\0\0".encode()
        client.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)

    return act


def hang_up(_client: socket.socket, _startup: dict[str, str]) -> None:
    """Close without a word."""


def silence(seconds: float) -> Act:
    """Say nothing for some time."""

    def act(client: socket.socket, _startup: dict[str, str]) -> None:
        client.settimeout(seconds)
        with contextlib.suppress(OSError):
            client.recv(1)

    return act


def let_through(socket_path: str) -> Act:
    """Hand the connection on to a real server."""

    def act(client: socket.socket, startup: dict[str, str]) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(socket_path)
            body = struct.pack("!i", 196608) + b"".join(
                f"{name}\0{value}\0".encode() for name, value in startup.items()
            )
            server.sendall(struct.pack("!i", len(body) + 5) + body + b"\0")
            back = threading.Thread(target=_pump, args=(server, client))
            back.start()
            _pump(client, server)
            back.join()

    return act


def like_a_pooler(then: Act) -> Act:
    """Refuse settings at the start of the session, as PgBouncer does, else go on."""

    def act(client: socket.socket, startup: dict[str, str]) -> None:
        if "options" in startup:
            refuse("unsupported startup parameter in options: statement_timeout", "08P01")(client, startup)
        else:
            then(client, startup)

    return act


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def standin(*acts: Act) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A port here and the startup parameters seen; connection n gets act n, later ones the last."""
    seen: list[dict[str, str]] = []
    threads: list[threading.Thread] = []
    clients: list[socket.socket] = []

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            startup = _startup(client)
            act = acts[min(len(seen), len(acts) - 1)]
            seen.append(startup)
            act(client, startup)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                clients.append(client)
                threads.append(threading.Thread(target=serve, args=(client,)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield listener.getsockname()[1], seen
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for client in clients:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def _startup(client: socket.socket) -> dict[str, str]:
    """The client's startup parameters; encryption is declined."""
    while True:
        length = struct.unpack("!i", _exactly(client, 4))[0]
        body = _exactly(client, length - 4)
        if struct.unpack("!i", body[:4])[0] not in {SSL_REQUEST, GSS_REQUEST}:
            words = body[4:].decode().split("\0")
            return {name: value for name, value in zip(words[0::2], words[1::2], strict=False) if name}
        client.sendall(b"N")


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = client.recv(count - len(data))
        if not chunk:
            raise ConnectionError
        data += chunk
    return data
