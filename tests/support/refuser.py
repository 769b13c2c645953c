"""A server that refuses every login, and repeats what it was told while it does so."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Refusal(socketserver.BaseRequestHandler):
    message = ""

    def handle(self) -> None:
        while len(head := self.request.recv(8, 0x100)) == 8:  # MSG_WAITALL
            length, code = struct.unpack("!ii", head)
            self.request.recv(length - 8, 0x100) if length > 8 else b""
            if code not in (80877103, 80877104):  # SSLRequest, GSSENCRequest
                break
            self.request.sendall(b"N")
        fields = b"SFATAL\0VFATAL\0C28P01\0M" + self.message.encode() + b"\0\0"
        self.request.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)


@contextmanager
def refusing(message: str) -> Iterator[int]:
    """Yields the port of a server that answers 28P01 (wrong password) with this message."""
    handler = type("Refusal", (_Refusal,), {"message": message})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
