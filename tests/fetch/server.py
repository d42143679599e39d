#!/usr/bin/env python3
"""A web server on the loopback that misbehaves as its addresses say.

    server.py FOLDER LOG      prints its port, then serves the files of FOLDER until its standard input ends

/<way>/<name> is the file of that name, sent in one of the ways below. Every request is a line "<way>/<name> <range>" in
LOG before it is answered; <range> is "-" where none was asked for.
"""

import http.server
import os
import re
import sys
import threading

STALLED_BYTES = 50  # fewer than count as moving at all, so that a client need not average them away
CRAWLING_BYTES = 20  # twenty times a second


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        way, _, name = self.path.strip("/").partition("/")
        asked = self.headers.get("Range")
        with self.server.lock, open(self.server.log, "a", encoding="utf-8") as log:
            log.write(f"{way}/{name} {asked or '-'}\n")
        path = os.path.join(self.server.folder, os.path.basename(name))
        if way == "moved":
            self.send_response(302)
            self.send_header("Location", f"/good/{name}")
            self.end_headers()
            return
        if way == "elsewhere":  # to a file of this machine
            self.send_response(302)
            self.send_header("Location", f"file://{path}")
            self.end_headers()
            return
        if way == "missing" or not os.path.exists(path):
            self.send_error(404)
            return
        if way == "silent":
            self.wait_for_hang_up()
            return
        with open(path, "rb") as file:
            whole = file.read()
        if way == "damaged":
            whole = whole[:-1] + bytes([whole[-1] ^ 1])
        start = 0
        match = re.fullmatch(r"bytes=(\d+)-", asked or "")
        if match and way != "no-range":
            start = int(match.group(1))
            if start >= len(whole):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(whole)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            said = start + 1 if way == "wrong-range" else start
            self.send_header("Content-Range", f"bytes {said}-{len(whole) - 1}/{len(whole)}")
        else:
            self.send_response(200)
        rest = whole[start:]
        if way == "larger":  # as it says itself
            rest *= 2
        if way != "endless":
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if way == "cut":  # two fifths of the file a request
            self.wfile.write(rest[:len(whole) * 2 // 5])
        elif way == "closed":
            pass
        elif way == "endless":  # more than the file has, and than was announced to follow
            self.wfile.write(rest * 2)
        elif way == "crawling":
            self.connection.settimeout(0.05)
            for i in range(0, len(rest), CRAWLING_BYTES):
                self.wfile.write(rest[i:i + CRAWLING_BYTES])
                if self.hung_up():
                    break
        elif way == "stalled":
            self.wfile.write(rest[:STALLED_BYTES])
            self.wfile.flush()
            self.wait_for_hang_up()
        else:
            self.wfile.write(rest)

    def hung_up(self):
        try:
            return not self.connection.recv(1)
        except TimeoutError:
            return False

    def wait_for_hang_up(self):
        self.connection.recv(1)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.folder, server.log = sys.argv[1:]
    server.lock = threading.Lock()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
