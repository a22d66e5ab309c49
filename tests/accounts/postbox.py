"""A mail server in a thread: it takes every letter but those for addresses that it refuses."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Postbox:
    """What arrived. ``refuses``: addresses that get a 550; ``signed_in``: what AUTH PLAIN sent, in base64."""

    url: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    signed_in: list[str] = field(default_factory=list)


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A running one, on a free port of this machine."""
    box = Postbox()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 postbox")
            for line in self.rfile:
                word, _, rest = line.decode().strip().partition(" ")
                match word.upper():
                    case "EHLO":
                        self.say("250-postbox", "250 AUTH PLAIN")
                    case "AUTH":
                        box.signed_in.append(rest)
                        self.say("235 welcome")
                    case "RCPT" if any(each in rest for each in box.refuses):
                        self.say("550 nobody here")
                    case "DATA":
                        self.say("354 go on")
                        box.letters.append(self.letter())
                        self.say("250 taken")
                    case "QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("250 ok")

        def say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

        def letter(self) -> EmailMessage:
            lines = iter(self.rfile.readline, b".\r\n")
            return message_from_bytes(b"".join(line.removeprefix(b".") for line in lines), policy=policy.default)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        box.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield box
        finally:
            server.shutdown()
