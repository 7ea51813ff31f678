"""Owns the command that serves: the ticks of the daemon, and what is answered meanwhile."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from aggregator import __version__
from aggregator.app import Progress
from aggregator.cli.context import pass_context
from aggregator.errors import LockedError, StoreError
from aggregator.model import PollOutcome

if TYPE_CHECKING:
    from aggregator.app import App, Cycle
    from aggregator.cli.context import Context
    from aggregator.daemon import Ticking
    from aggregator.web.websub import Routes

TICK = timedelta(seconds=60)
_CYCLE = "cycle"
_INDEX = "search index"


@click.command()
@pass_context
def serve(context: Context) -> None:
    """Serve over HTTP, and do a cycle every minute.

    A change in a seed folder is published within seconds.
    """
    from aggregator.cli.websub import websub_routes, websub_ticks  # noqa: PLC0415 - commands import what they need when they run
    from aggregator.daemon import Tick, ticking  # noqa: PLC0415
    from aggregator.watch import watching  # noqa: PLC0415
    from aggregator.web import StatusAccess, live_routes  # noqa: PLC0415

    context.log_events()
    app = context.app

    def cycle() -> None:
        with context.at_work() as work:
            _log_cycle(context, work.cycle(Progress()))
        ticks.hurry(_INDEX)
        spread()

    def index() -> None:
        with app.open() as work:
            work.search.catch_up(Progress())

    def spread() -> None:
        for tick in spreading:
            ticks.hurry(tick.name)

    with app.open() as front:  # a store that cannot be opened is told now, not by the first tick
        spreading = websub_ticks(front, TICK)
        regular = (Tick(name=_CYCLE, every=TICK, run=cycle), Tick(name=_INDEX, every=TICK, run=index))
        folders = [folder.path for folder in app.config.seed_folders]
        with (
            ticking([*regular, *spreading], on_bug=_stop) as ticks,
            watching(folders, lambda: ticks.hurry(_CYCLE)),
        ):
            live = live_routes(
                front.browsing, status=StatusAccess(host=app.config.server.host, site=app.authority, token=app.status_token)
            )
            pushed = websub_routes(front, lambda: ticks.hurry(_CYCLE), spread)
            _answer(app, ticks, [*live, *pushed])


def _answer(app: App, ticks: Ticking, routes: Routes) -> None:
    """Answer requests until somebody stops it."""
    from aggregator.web import Links, create_app  # noqa: PLC0415 - as above
    from aggregator.web import serve as serve_http  # noqa: PLC0415

    wanted, site = app.config, app.config.site_value
    asgi = create_app(
        wanted.output,
        lambda: _health(ticks),
        routes,
        links=Links(site=site.url, hubs=site.hubs),
        ready=lambda: _readiness(wanted.store),
    )
    serve_http(asgi, wanted.server.host, wanted.server.port, lambda url: click.echo(f"Serving {url}  (Ctrl-C stops)"))


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)  # the server listens for it, and ends as it would for its operator


def _log_cycle(context: Context, done: Cycle) -> None:
    import logging  # noqa: PLC0415 - as above

    log = logging.getLogger(__name__)
    for source, poll_ in done.sown + done.polled:
        if poll_.outcome is PollOutcome.FAILED and poll_.remark:
            log.warning("%s: %s: %s", source.subscription.url, poll_.remark.code, poll_.remark.message)
    if done.uploaded and done.uploaded.problem:
        from aggregator.cli.work import upload_problem  # noqa: PLC0415 - few sites have a bucket

        log.warning("%s", upload_problem(context, done.uploaded))
    for why in done.published.obstacles.values():
        log.error("%s", why)
    log.info("cycle done: %d polled, %d files written", len(done.polled), len(done.published.paths))


def _health(ticks: Ticking) -> dict[str, object]:
    """Say how the daemon is, without the messages: they name paths, and anyone may ask."""
    # that another run is at work is no illness
    failing = [name for name, error in ticks.errors.items() if not isinstance(error, LockedError)]
    return {"ok": not failing and ticks.bug is None, "failing": failing, "running": ticks.running, "version": __version__}


def _readiness(store: str) -> dict[str, object]:
    """Say whether the store can be reached and is of this program's schema; no more, as above."""
    from aggregator.store import migrate  # noqa: PLC0415 - as above

    try:
        migrate.opened(store).close()
    except StoreError:
        return {"ok": False}
    return {"ok": True}
