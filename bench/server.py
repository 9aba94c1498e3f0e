#!/usr/bin/env python3
"""An issuer on loopback that says of half of the keys that they work.

    python3 bench/server.py [--delay SECONDS] [--busy SHARE] [--retry-after VALUE] [--close]

Prints its port, serves until it is ended, and tells at /stats how many requests and
connections it had and how many connections were open at once at most. A key is said to
work if the code of its last character is odd (works() in this file).
"""

from __future__ import annotations

import argparse
import json
import random
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler


class Counts:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests = self.connections = self.open = self.most_open = 0

    def as_json(self) -> bytes:
        with self.lock:
            return json.dumps({"requests": self.requests, "connections": self.connections,
                               "most_open": self.most_open}).encode()


def works(key: str) -> bool:
    return ord(key[-1]) % 2 == 1


def handler(args: argparse.Namespace, counts: Counts) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0" if args.close else "HTTP/1.1"
        # An answer in one piece, as servers in use send it.
        wbufsize = -1
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            with counts.lock:
                counts.connections += 1
                counts.open += 1
                counts.most_open = max(counts.most_open, counts.open)

        def finish(self) -> None:
            super().finish()
            with counts.lock:
                counts.open -= 1

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path == "/stats":
                return self.answer(200, counts.as_json())
            with counts.lock:
                counts.requests += 1
            time.sleep(args.delay)
            key = self.headers.get("Authorization", "-").removeprefix("Bearer ")
            if random.random() < args.busy:
                self.answer(429, b"", args.retry_after)
            elif works(key):
                self.answer(200, b'{"ok": true, "user_id": "user-1", "api_key_id": "key-1"}')
            else:
                self.answer(401, b"{}")

        def answer(self, status: int, body: bytes, retry_after: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if retry_after is not None:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(body)

    return Handler


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="before each answer")
    parser.add_argument("--busy", type=float, default=0.0, metavar="SHARE", help="of the answers that are 429")
    parser.add_argument("--retry-after", metavar="VALUE", help="what these say")
    parser.add_argument("--close", action="store_true", help="close the connection after each answer")
    args = parser.parse_args()
    with Server(("127.0.0.1", 0), handler(args, Counts())) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
