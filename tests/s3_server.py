"""An S3 server on loopback for tests: moto's, in its own process, behind a front that notes what was put and can fail."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "news"
_RUNNING = re.compile(r"http://127\.0\.0\.1:(\d+)")
_SETUP = 4  # requests that set the server up, before it checks signatures
_ANYBODY = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=x"
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@dataclass
class S3:
    """A bucket called ``news``; *port* is that of the front. *puts* are the paths in it that were put, in their order.

    *trouble* is called with each path before that is put, in a thread of its own; if it says so, the connection is cut.
    """

    port: int
    access_key: str = "key"
    secret_key: str = "secret"  # noqa: S105 - of a server that lives as long as a test
    puts: list[str] = field(default_factory=list)
    trouble: Callable[[str], bool] = lambda _: False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[dict[str, str], bytes]:
        """Ask for a file of the bucket; return the header, names in lower case, and the body. The server must not check."""
        status, header, body = request(self.port, "GET", f"/{NAME}/{path}", header={"Authorization": _ANYBODY.format("s3")})
        assert status == 200, body
        return header, body

    def paths(self) -> list[str]:
        """Return all that is in the bucket."""
        return re.findall(r"<Key>([^<]*)</Key>", self.get("?list-type=2")[1].decode())


def request(
    port: int, method: str, path: str, body: bytes | None = None, header: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, header or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@contextmanager
def s3_server(*, checked: bool = False) -> Iterator[S3]:
    """Run a server with an empty bucket; where signatures are *checked*, only the owner of the keys may read or write."""
    environ = os.environ | ({"INITIAL_NO_AUTH_ACTION_COUNT": str(_SETUP)} if checked else {})
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stderr is not None
        port = next(int(found[1]) for line in process.stderr if (found := _RUNNING.search(line)))
        threading.Thread(target=process.stderr.read, daemon=True).start()  # so that its log never fills the pipe
        try:
            keys = _prepare(port)
            with _front(port) as s3:
                s3.access_key, s3.secret_key = keys
                yield s3
        finally:
            process.terminate()


def _prepare(port: int) -> tuple[str, str]:
    """Make the bucket, and a user with keys to it."""

    def ask(action: str, **said: str) -> str:
        header = {"Authorization": _ANYBODY.format("iam"), "Content-Type": "application/x-www-form-urlencoded"}
        form = urlencode({"Action": action, "Version": "2010-05-08", "UserName": "desk", **said}).encode()
        status, _, body = request(port, "POST", "/", form, header)
        assert status == 200, body
        return body.decode()

    ask("CreateUser")
    ask("PutUserPolicy", PolicyName="all", PolicyDocument=json.dumps(_EVERYTHING))
    made = ask("CreateAccessKey")
    assert request(port, "PUT", f"/{NAME}", header={"Authorization": _ANYBODY.format("s3")})[0] == 200
    found = [re.search(f"<{name}>(.*?)</{name}>", made) for name in ("AccessKeyId", "SecretAccessKey")]
    return tuple(one[1] for one in found if one)  # type: ignore[return-value]  # two of them


@contextmanager
def _front(behind: int) -> Iterator[S3]:
    """Hand requests on to the server *behind*, as they are."""

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path = self.path.removeprefix(f"/{NAME}/")
            if s3.trouble(path):
                self.close_connection = True
                return
            s3.puts.append(path)  # before it is answered, so that whoever has the answer finds it here
            if self._pass_on(body) != 200:
                s3.puts.remove(path)

        def do_GET(self) -> None:
            self._pass_on(None)

        def _pass_on(self, body: bytes | None) -> int:
            header = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            status, answered, content = request(behind, self.command, self.path, body, header)
            self.send_response_only(status)
            for name, value in answered.items():
                if name not in {"connection", "transfer-encoding", "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return status

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as server:
        server.daemon_threads = True
        server.block_on_close = False
        s3 = S3(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield s3
        finally:
            server.shutdown()
            thread.join()
