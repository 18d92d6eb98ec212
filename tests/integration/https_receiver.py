"""A real HTTP(S) receiver for tests, certificates for it made with the openssl command, and a small proxy.

    authority = Authority(directory)
    with Receiver(authority.server()) as receiver:      # without a certificate: plain HTTP
        receiver.answer = lambda request: Answer(503)   # default: 204
        ... receiver.url ...
        requests = receiver.wait_for(3)

What is sent to it are alerts: one that isn't what the schema says is reported to the test by `requests`, and at the end.
"""

import http.server
import json
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from alert_reader import Inbox
from testbed import DEADLINE_SEC


class Certificate:
    def __init__(self, cert, key, ca):
        self.cert, self.key, self.ca = str(cert), str(key), str(ca)


class Authority:
    """A certificate authority in a directory of its own."""

    def __init__(self, directory, name="authority"):
        self.directory = Path(directory) / name
        self.directory.mkdir()
        self.ca = self.directory / "ca.pem"
        self._key = self.directory / "ca.key"
        self._openssl("req", "-x509", *self._new_key(self._key), "-out", self.ca, "-days", "2",
                      "-subj", f"/CN=test {name}", "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=DEADLINE_SEC)

    def _issue(self, name, extensions):
        cert, key, request = (self.directory / f"{name}.{end}" for end in ("pem", "key", "csr"))
        extension_file = self.directory / f"{name}.ext"
        extension_file.write_text(extensions)
        self._openssl("req", "-new", *self._new_key(key), "-out", request, "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key, "-CAcreateserial",
                      "-days", "2", "-extfile", extension_file, "-out", cert)
        return Certificate(cert, key, self.ca)

    def server(self, name="server", san="DNS:localhost,IP:127.0.0.1"):
        return self._issue(name, f"subjectAltName={san}\nextendedKeyUsage=serverAuth\n")

    def client(self, name="client"):
        return self._issue(name, "extendedKeyUsage=clientAuth\n")


class Request:
    def __init__(self, handler, body):
        self.path = handler.path
        self.method = handler.command
        self.headers = handler.headers
        self.body = body
        self.id = handler.headers.get("webhook-id")
        self.connection = handler.client_address
        self.peer_certificate = None
        if isinstance(handler.connection, ssl.SSLSocket):
            self.peer_certificate = handler.connection.getpeercert()
        self.mono = time.monotonic()

    @property
    def alert(self):
        return json.loads(self.body)


class Answer:
    """body: bytes, or an iterable of them. wait: an Event to wait for before the answer."""

    def __init__(self, status=204, headers=(), body=b"", wait=None):
        self.status, self.headers, self.body, self.wait = status, dict(headers), body, wait


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self, body)
        receiver = self.server.receiver
        with receiver.condition:
            receiver.inbox.add(body, request)
            receiver.condition.notify_all()
        answer = receiver.answer(request)
        if answer.wait:
            answer.wait.wait(DEADLINE_SEC)
        if answer.status is None:  # hangs up without an answer
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        whole = isinstance(answer.body, bytes)
        if whole and answer.status != 204 and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        for piece in [answer.body] if whole else answer.body:
            self.wfile.write(piece)
        if not whole:
            self.close_connection = True

    do_GET = do_PUT = do_POST

    def log_message(self, *arguments):
        pass


class _Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, receiver):
        self.receiver = receiver
        self.sockets = set()
        super().__init__(address, _Handler)

    def process_request_thread(self, request, client_address):
        # The handshake belongs here: a client that stalls in it must not stall the others.
        try:
            if self.receiver.tls:
                request = self.receiver.tls.wrap_socket(request, server_side=True)
            self.sockets.add(request)
            super().process_request_thread(request, client_address)
        except OSError as error:
            self.receiver.errors.append(error)
            request.close()

    def handle_error(self, request, client_address):
        pass  # the client has gone


class Receiver:
    def __init__(self, certificate=None, client_ca=None, port=0, answer=None):
        self.inbox, self.errors = Inbox(), []
        self.condition = threading.Condition()
        self.answer = answer or (lambda request: Answer())
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate.cert, certificate.key)
            if client_ca:
                self.tls.verify_mode = ssl.CERT_REQUIRED
                self.tls.load_verify_locations(str(client_ca))
        self.port = port
        self._server = None
        self.start()

    @property
    def requests(self):
        return self.inbox.kept

    def start(self):
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        """As if the machine were gone; start() brings it back on the same port."""
        if not self._server:
            return
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.sockets):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already
        self._server = None

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}/hook"

    def wait_for(self, count, deadline_sec=DEADLINE_SEC):
        """The requests, as soon as there are at least count."""
        with self.condition:
            if not self.condition.wait_for(lambda: len(self.requests) >= count, deadline_sec):
                raise AssertionError(f"{len(self.requests)} of {count} requests after {deadline_sec} s")
            return list(self.requests)

    def ids(self):
        return [request.id for request in list(self.requests)]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()
        self.inbox.check()


class Proxy:
    """An HTTP proxy: tunnels CONNECT, passes absolute URIs on. `seen` are the request lines."""

    def __init__(self):
        self.seen = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass  # one side has gone: so does the other
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # gone already

    def _serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(65536)
            if not data:
                return
            head += data
        line, rest = head.split(b"\r\n", 1)
        method, target, version = line.split(b" ")
        self.seen.append(line.decode())
        if method == b"CONNECT":
            host, port = target.rsplit(b":", 1)
        else:
            authority, path = target.removeprefix(b"http://").split(b"/", 1)
            host, port = authority.rsplit(b":", 1)
            head = b" ".join((method, b"/" + path, version)) + b"\r\n" + rest
        server = socket.create_connection((host.decode(), int(port)))
        if method == b"CONNECT":
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            head = head.split(b"\r\n\r\n", 1)[1]
        with client, server:
            server.sendall(head)
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server)
            back.join()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._listener.close()
