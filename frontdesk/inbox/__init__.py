"""The staff's inbox: pages over the same services that programs use."""

from fastapi import FastAPI

from frontdesk.inbox import account, live, views
from frontdesk.inbox.rendering import STATIC, InboxFiles


def mount_inbox(app: FastAPI) -> None:
    """Serve the pages below `/inbox`."""
    for router in (account.router, live.router, views.router):
        app.include_router(router, prefix="/inbox", include_in_schema=False)
    app.mount("/inbox/static", InboxFiles(directory=STATIC), name="inbox-static")
