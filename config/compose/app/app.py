"""A legacy application: slow lists, large answers, every tenth report fails."""

import http.server
import itertools
import json
import signal
import threading
import time

PRODUCTS = [{"id": number, "name": f"Product {number}"} for number in range(1, 1001)]
CALLS = itertools.count(1)


class Application(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, content = 200, {"path": self.path}
        if self.path.startswith("/products"):
            time.sleep(0.2)  # a query without an index
            content = {"products": PRODUCTS}
        elif self.path.startswith("/reports") and next(CALLS) % 10 == 0:
            status, content = 500, {"error": "the report is not there"}
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    server = http.server.ThreadingHTTPServer(("", 3000), Application)

    def end(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    server.serve_forever()


if __name__ == "__main__":
    main()
