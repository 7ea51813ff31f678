"""A throw-away PostgreSQL server for tests: started from Debian's binaries, as a user that is not root, on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOG = "server.log"


@contextmanager
def postgresql(folder: Path) -> Iterator[str | None]:
    """Run a server while the context lasts and yield its address; ``None`` where the machine has no PostgreSQL."""
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    account = _account()
    # pytest's folders are private to root; the server's own user needs one of its own
    home = Path(tempfile.mkdtemp(prefix="pg-")) if account else folder
    if account:
        os.chown(home, account["user"], account["group"])
    port = _free_port()
    create: list[str | Path] = [
        binaries / "initdb",
        "-D",
        home / "data",
        "-A",
        "trust",
        "-U",
        "postgres",
        "-N",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(create, check=True, capture_output=True, cwd=home, **account)
    with (folder / _LOG).open("wb") as log:
        options: list[str | Path] = [
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            home,
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
        ]
        server = subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", *options], stdout=log, stderr=log, cwd=home, **account
        )
        try:
            _wait(binaries, port, server, folder / _LOG)
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown
            server.wait(30)
            shutil.rmtree(home, ignore_errors=True)


def fresh_database(server: str) -> str:
    """Create an empty database and return its address."""
    import psycopg  # noqa: PLC0415 - only where there is a server

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}/{name}"


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: name another account then."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    other = known.get("postgres") or known["nobody"]
    return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(binaries: Path, port: int, server: subprocess.Popen[Any], log: Path) -> None:
    for _ in range(100):
        # pg_isready itself waits up to a second for an answer, and says at once when nobody listens yet
        ready = subprocess.run(
            [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "1"], capture_output=True, check=False
        )
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
