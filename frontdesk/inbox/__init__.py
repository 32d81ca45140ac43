"""The staff's inbox: pages over the same services that programs use."""

from fastapi import FastAPI

from frontdesk.inbox import account, live, views
from frontdesk.inbox.rendering import STATIC, InboxFiles
from frontdesk.routing import serve


def mount_inbox(app: FastAPI) -> None:
    """Serve the pages below `/inbox`."""
    serve(app, account.router, live.router, views.router)
    app.mount("/inbox/static", InboxFiles(directory=STATIC), name="inbox-static")
