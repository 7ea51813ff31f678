"""Flask-WebSub (PyPI) on loopback: publisher, hub and subscriber in one; see :class:`FlaskPeer`."""

from __future__ import annotations

import gc
import queue
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import flask_websub.subscriber
from flask import Flask, Response
from flask_websub.errors import FlaskWebSubError
from flask_websub.hub import Hub, SQLite3HubStorage
from flask_websub.publisher import init_publisher, publisher
from flask_websub.subscriber import SQLite3SubscriberStorage, SQLite3TempSubscriberStorage, Subscriber
from websub_site import atom
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest


class Tasks:
    """Stands in for Celery: each task is done at once, in a thread of its own, and not again."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def task(self, bind: bool = False, **_: object) -> Callable[[Callable[..., None]], _Task]:  # noqa: FBT001, FBT002 - Celery's way
        return lambda function: _Task(self, function, takes_itself=bind)

    def start(self, thread: threading.Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Wait until all that was begun is done."""
        while self._threads:
            self._threads.pop().join()


class _Task:
    class request:  # noqa: N801 - Celery's way
        retries = 0

    def __init__(self, tasks: Tasks, function: Callable[..., None], *, takes_itself: bool) -> None:
        self._tasks, self._function, self._first = tasks, function, (self,) if takes_itself else ()

    def delay(self, *args: object) -> None:
        self._tasks.start(threading.Thread(target=self._do, args=args))

    def _do(self, *args: object) -> None:
        with suppress(FlaskWebSubError):  # Celery would log it
            self._function(*self._first, *args)

    def retry(self, countdown: float) -> None:
        """Do nothing: what failed has failed."""


@dataclass
class FlaskPeer:
    """A publisher whose feed has the entries *numbers*, its hub, and a subscriber to whatever feed."""

    url: str
    port: int
    app: Flask
    hub: Hub
    subscriber: Subscriber
    tasks: Tasks
    numbers: list[int] = field(default_factory=lambda: [1])
    received: queue.Queue[bytes] = field(default_factory=queue.Queue)
    confirmed: queue.Queue[str] = field(default_factory=queue.Queue)

    @property
    def topic(self) -> str:
        return f"{self.url}feed"

    @property
    def hub_url(self) -> str:
        return f"{self.url}hub"

    def publish(self, *numbers: int) -> None:
        """Change the feed, and have the hub send it to everybody."""
        self.numbers[:] = numbers
        self.hub.send_change_notification.delay(self.topic)
        self.tasks.finish()

    def subscribe(self, **wanted: Any) -> str:
        with self.app.app_context():
            return str(self.subscriber.subscribe(**wanted))

    def secrets(self, **changed: str) -> list[str | None]:
        """Return the secrets of the hub's subscribers, after having *changed* all to another."""
        with self.hub.storage.connection() as connection:
            for secret in changed.values():
                connection.execute("UPDATE hub SET secret = ?", (secret,))
            return [row["secret"] for row in connection.execute("SELECT secret FROM hub")]


@contextmanager
def flask_peer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskPeer]:
    """Serve the peer; its data are in *folder*."""
    # it sends secrets over https alone, and knows no exception for loopback
    monkeypatch.setattr(flask_websub.subscriber, "is_secure", lambda _: True)
    app = Flask("peer")
    app.config["PUBLISH_SUPPORTED"] = True
    tasks = Tasks()
    hub = Hub(SQLite3HubStorage(str(folder / "hub.db")), tasks)
    subscriber = Subscriber(
        SQLite3SubscriberStorage(str(folder / "subscriber.db")), SQLite3TempSubscriberStorage(str(folder / "asked.db"))
    )  # fmt: skip
    server = make_server("127.0.0.1", 0, app, threaded=True)
    url = f"http://127.0.0.1:{server.port}/"
    app.config["SERVER_NAME"] = f"127.0.0.1:{server.port}"
    peer = FlaskPeer(url=url, port=server.port, app=app, hub=hub, subscriber=subscriber, tasks=tasks)
    app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    app.register_blueprint(subscriber.build_blueprint(url_prefix="/callbacks"))
    init_publisher(app)

    @app.route("/feed")
    @publisher(hub_url=peer.hub_url, self_url=peer.topic)  # type: ignore[untyped-decorator]  # the library has no types
    def _feed() -> Response:
        return Response(atom(peer.topic, None, *peer.numbers), mimetype="application/atom+xml")

    subscriber.add_listener(lambda _topic, _callback, body: peer.received.put(body))
    subscriber.add_success_handler(lambda _topic, _callback, mode: peer.confirmed.put(mode))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield peer
    finally:
        tasks.finish()
        server.shutdown()
        thread.join()
        server.server_close()
        gc.collect()  # it leaves connections to be found unclosed, which shall not be told of another test
