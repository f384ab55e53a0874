"""The outside world of the compose test: takes signed webhooks, checks the signature, lists what came.

Runs in a container of its own from Attune's image, without Attune's code: `GET /received` gives the bodies in order.
"""

import hashlib
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SECRET = Path("/run/secrets/webhook").read_bytes().strip()
received: list[dict[str, object]] = []


class Receiver(BaseHTTPRequestHandler):
    """POST anywhere is a webhook; GET /received lists them."""

    def do_POST(self) -> None:
        """Take one message whose signature is right."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = self.headers["Attune-Timestamp"].encode() + b"." + body
        expected = "v1=" + hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, self.headers["Attune-Signature"]):
            self._answer(401, {"error": "signature"})
            return
        received.append({"delivery": self.headers["Attune-Delivery"], **json.loads(body)})
        self._answer(200, {})

    def do_GET(self) -> None:
        """List what was taken."""
        self._answer(200, received)

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Receiver).serve_forever()
