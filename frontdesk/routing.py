"""How the topics' routers come into the application."""

from fastapi import APIRouter, FastAPI


def serve(app: FastAPI, *routers: APIRouter) -> None:
    """Serve their routes as they are.

    `include_router` would build each of them anew for every application, at the first request.
    """
    for router in routers:
        app.router.routes.extend(router.routes)
