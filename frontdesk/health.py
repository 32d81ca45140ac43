"""Whether the process lives, and whether it can do its work."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from frontdesk.desk import TheDesk
from frontdesk.turns.assistant import AssistantClient

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready")
async def ready(request: Request, desk: TheDesk) -> JSONResponse:
    """200 when messages can be kept; `assistant` says whether they are answered at once.

    An assistant that is down does not make the front desk unready: it still takes messages,
    advises in emergencies and serves staff.
    """
    assistant: AssistantClient = request.app.state.assistant
    try:
        await desk.database.check()
    except Exception:
        return JSONResponse({"status": "not_ready", "database": "failed"}, status_code=503)
    answers = "ready" if await assistant.is_ready() else "not_ready"
    return JSONResponse({"status": "ready", "database": "ok", "assistant": answers})
