"""The action server as a process: where it listens, and what its errors tell."""

import httpx

from tests.stack import Stack, running

SECRET = "xylophone4711"


def address() -> tuple[Stack, str]:
    stack = running()
    return stack, stack.gate.target


def test_it_is_up() -> None:
    _, webhook = address()
    assert httpx.get(webhook.replace("/webhook", "/health")).json() == {"status": "ok"}


def test_a_failing_action_answers_500_without_the_request() -> None:
    stack, webhook = address()
    tracker = {"sender_id": SECRET, "latest_message": {"metadata": {"context": SECRET}}}
    request = {"next_action": "action_answer", "tracker": tracker}
    answer = httpx.post(webhook, json=request)
    assert answer.status_code == 500
    assert set(answer.json()) == {"error"}
    assert SECRET not in answer.text
    assert SECRET not in stack.logs()


def test_broken_requests_get_a_status_and_keep_it_running() -> None:
    stack, webhook = address()
    for body in (b"", b"{", b"[]", SECRET.encode()):
        assert httpx.post(webhook, content=body).status_code >= 400
    unknown = {"next_action": "action_nothing", "tracker": {}}
    assert httpx.post(webhook, json=unknown).status_code == 404
    assert SECRET not in stack.logs()
    test_it_is_up()
