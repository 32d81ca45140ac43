"""The front desk as one ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI

from clinic import triage
from clinic.settings import Clinic
from frontdesk import health, inbox, simulator
from frontdesk.clock import Clock, system_clock
from frontdesk.conversations import notices
from frontdesk.conversations.feed import Feed
from frontdesk.database import Database
from frontdesk.desk import Desk
from frontdesk.handovers import routes as staff_routes
from frontdesk.headers import SecurityHeaders
from frontdesk.limits import Limits
from frontdesk.lines import line_of
from frontdesk.refusals import add_refusals
from frontdesk.routing import serve
from frontdesk.settings import Settings, signing_key
from frontdesk.sms import routes as texting_routes
from frontdesk.sms import webhooks
from frontdesk.sms.provider import Provider
from frontdesk.sms.worker import TextWorker
from frontdesk.turns.assistant import AssistantClient
from frontdesk.turns.worker import TurnWorker
from frontdesk.web_chat import pages
from frontdesk.web_chat import routes as web_chat_routes

_MAX_BODY: Final = 64 * 1024


def create_app(settings: Settings, clinic: Clinic, clock: Clock = system_clock) -> FastAPI:
    """Build the application; nothing is opened before it starts."""
    triage.prepare()  # rules that cannot be read are told at start, not to the first patient
    app = FastAPI(
        title="Preconsult front desk",
        version="1",
        lifespan=_lifespan,
        # Their pages would load scripts from another host; /openapi.json is there for any viewer.
        docs_url=None,
        redoc_url=None,
    )
    feed = Feed()
    key = signing_key(settings.var_dir)
    line = line_of(settings, clinic, key)
    app.state.desk = Desk(
        settings=settings,
        clinic=clinic,
        database=Database(settings.database, tell=feed.notify),
        feed=feed,
        limits=Limits(),
        clock=clock,
        signing_key=key,
        line=line,
    )
    serve(
        app,
        web_chat_routes.router,
        texting_routes.router,
        webhooks.router,
        staff_routes.router,
        health.router,
    )
    pages.mount_widget(app)
    if line is not None and line.is_simulated:
        simulator.mount_simulator(app, line)
    inbox.mount_inbox(app)
    add_refusals(app, _MAX_BODY)
    app.add_middleware(SecurityHeaders, secure=settings.secure)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    settings = desk.settings
    assistant = AssistantClient(
        [str(url) for url in settings.assistant_url],
        settings.token,
        settings.assistant_timeout_seconds,
    )
    app.state.assistant = assistant
    worker = TurnWorker(
        desk.database,
        desk.clinic,
        assistant,
        desk.feed,
        desk.clock,
    )
    texting = asyncio.create_task(_text(desk))
    working = asyncio.create_task(worker.run())
    listening = asyncio.create_task(notices.listen(desk.database, desk.feed))
    try:
        yield
    finally:
        desk.feed.close()
        await working
        await texting
        await notices.stop(listening)
        await assistant.close()
        await desk.database.close()


async def _text(desk: Desk) -> None:
    """Send texts until the feed closes, where there is a line for it."""
    if desk.line is None:
        return
    provider = Provider(desk.line)
    try:
        await TextWorker(desk, desk.line, provider).run()
    finally:
        await provider.close()
