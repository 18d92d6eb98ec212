"""Receivers of alerts, as an administrator would write them: a Unix socket and an HTTPS server, each in a thread.

Both keep every alert in the order of arrival, with repeats, so that checks can count; ARRIVED has those of all, as they
were sent, for who has the schema.
"""

import http.server
import json
import os
import socket
import ssl
import threading


ARRIVED = []


class Receiver:
    """What has arrived, for checks in another thread."""

    def __init__(self, name):
        self.name = name
        self.alerts = []
        self.connections = 0

    def take(self, data):
        ARRIVED.append(data)
        self.alerts.append(json.loads(data))

    def of_pid(self, pid):
        return [alert for alert in list(self.alerts) if alert.get("victim", {}).get("pid") == pid]


class SocketReceiver(Receiver):
    """A stream socket that any user may connect to: one alert per line."""

    def __init__(self, path):
        super().__init__(f"socket {path}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                self.take(line)


class WebhookReceiver(Receiver):
    """An HTTPS server on a free port of this machine; address is what the configuration names."""

    def __init__(self, certificate, key):
        super().__init__("webhook")
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["webhook-id"] != json.loads(body)["id"]:
                    self.send_response(400)
                else:
                    receiver.take(body)
                    self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Nothing: the checks say what is wrong."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.address = f"https://localhost:{server.server_port}/oom"
        threading.Thread(target=server.serve_forever, daemon=True).start()
