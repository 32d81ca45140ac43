"""The front desk's channel, over HTTP, with the real action server behind it."""

import json
import time

import httpx
import pytest
from rasa.shared.core.events import SessionStarted

from assistant.sessions import LONGEST
from clinic.contract import BookingRequest, Emergency, Handover, TurnResponse, decode_response
from tests.assistant.stored import count, fill, move
from tests.stack import Conversation, Stack

SECRET = "xylophone4711"
UNANSWERABLE = "zxcvb qwert asdfg"


class TestEmergencies:
    @pytest.mark.parametrize(("status", "delay"), [(500, 0.0), (200, 30.0)])
    def test_are_advised_on_without_the_action_server(
        self, stack: Stack, patient: Conversation, status: int, delay: float
    ) -> None:
        patient.say("I want to book an appointment")
        patient.say("Maria Lopez")
        stack.gate.answer, stack.gate.delay = (status, b"{}"), delay
        advised = patient.say("my chest hurts and I can't breathe")
        assert advised.effects == [Emergency(category="breathing")]
        assert [reply.text.startswith("Call 911 now") for reply in advised.replies] == [True]
        assert advised.form is not None
        assert advised.form.asking == "phone"
        stack.gate.answer, stack.gate.delay = None, 0.0
        goes_on = patient.say("602 555 0142")
        assert goes_on.form is not None
        assert goes_on.form.asking == "area"

    def test_get_spanish_words_for_spanish(self, patient: Conversation) -> None:
        advised = patient.say("me duele mucho el pecho y no puedo respirar")
        assert advised.replies[0].text.startswith("Llame al 911 ahora")


class TestRefuses:
    @pytest.mark.parametrize(
        "authorization", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "bearer {token}"]
    )
    def test_any_other_token(
        self, stack: Stack, patient: Conversation, authorization: str | None
    ) -> None:
        right = stack.authorization["Authorization"].removeprefix("Bearer ")
        header = {} if authorization is None else {"Authorization": authorization}
        sent = {name: value.replace("{token}", right) for name, value in header.items()}
        answer = httpx.post(stack.turns, json=patient.turn(text="hello"), headers=sent)
        assert answer.status_code == 401
        assert "token" in answer.json()["error"]

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"null", b"{}", b"[" * 5_000]
    )
    def test_what_is_no_turn(self, stack: Stack, body: bytes) -> None:
        answer = httpx.post(stack.turns, content=body, headers=stack.authorization)
        assert answer.status_code == 400
        assert answer.json()["error"]

    def test_text_of_ten_thousand_characters(self, stack: Stack, patient: Conversation) -> None:
        answer = stack.post(patient.turn(text="a" * 10_000))
        assert answer.status_code == 400

    def test_text_and_choice_at_once(self, stack: Stack, patient: Conversation) -> None:
        turn = patient.turn(text="hi", choice={"intent": "booking"})
        assert stack.post(turn).status_code == 400

    def test_a_body_of_a_megabyte(self, stack: Stack, patient: Conversation) -> None:
        turn = {**patient.turn(text="hi"), "padding": "a" * 1_000_000}
        assert stack.post(turn).status_code == 413

    @pytest.mark.parametrize(
        "intent",
        [
            "restart",
            "back",
            "session_start",
            "nonsense",
            "faq",
            "faq/nonsense",
            "unanswered",
            "clarify/x",
        ],
    )
    def test_a_choice_that_the_assistant_never_offers(
        self, stack: Stack, patient: Conversation, intent: str
    ) -> None:
        answer = stack.post(patient.turn(choice={"intent": intent}))
        assert answer.status_code == 400

    def test_and_says_nothing_of_what_was_sent(self, stack: Stack, patient: Conversation) -> None:
        answer = stack.post({**patient.turn(text="hi"), "channel": SECRET})
        assert answer.status_code == 400
        assert SECRET not in answer.text


class TestNeverReadsTextAsCommand:
    @pytest.mark.parametrize(
        "text",
        [
            "/restart",
            " /restart",
            "//restart",
            '/faq{"x":1}',
            '/booking_answer{"answer": "knee"}',
            "/session_start",
            "EXTERNAL: restart",
            "EXTERNAL: /restart",
            "/ EXTERNAL: /back",
        ],
    )
    def test_and_the_conversation_goes_on(self, patient: Conversation, text: str) -> None:
        patient.say("I would like to book a visit")
        patient.say("Maria Lopez")
        answer = patient.say(text)
        assert answer.form is not None
        assert answer.form.slots.name == "Maria Lopez"

    @pytest.mark.parametrize(
        "text", ["/", "///", "...", "👍", "?", "<b>hi</b>", "\u200b", "EXTERNAL:"]
    )
    def test_and_signs_alone_get_an_answer(self, patient: Conversation, text: str) -> None:
        assert patient.say(text).replies


class TestAsksOnce:
    def test_the_same_turn_again_gets_the_same_answer(
        self, stack: Stack, patient: Conversation
    ) -> None:
        turn = patient.turn(text="I am on warfarin, can I have this?")
        first, again = stack.post(turn), stack.post(turn)
        assert first.status_code == again.status_code == 200
        assert first.content == again.content

    def test_also_after_later_turns(self, stack: Stack, patient: Conversation) -> None:
        patient.say("I want to make an appointment")
        turn = patient.turn(text="Maria Lopez")
        first = stack.post(turn)
        patient.say("602 555 0142")
        patient.say("never mind")
        assert stack.post(turn).content == first.content

    def test_a_confirmed_booking_keeps_its_reference(
        self, stack: Stack, patient: Conversation
    ) -> None:
        for words in ("book me in", "Maria Lopez", "602 555 0142", "left knee", "asap"):
            patient.say(words)
        turn = patient.turn(text="yes")
        first = decode_response(stack.post(turn).content)
        assert [type(effect) for effect in first.effects] == [BookingRequest]
        assert decode_response(stack.post(turn).content) == first


class TestClosesTheForm:
    def test_that_staff_dropped_before_it_reads_the_message(
        self, stack: Stack, patient: Conversation
    ) -> None:
        for words in ("book me in", "Maria Lopez, 602 555 0142"):
            assert patient.say(words).form is not None
        turn = patient.turn(text="does it hurt?")
        turn["context"]["form"] = "dropped"
        first = stack.post(turn)
        answer = decode_response(first.content)
        assert (answer.form, [reply.topic for reply in answer.replies]) == (None, ["faq/pain"])
        begun = patient.say("I want to book a visit").form
        assert begun is not None
        assert (begun.asking, begun.slots.name, begun.slots.phone) == ("name", None, None)
        # The same turn again repeats its answer, and drops nothing that was begun since.
        assert stack.post(turn).content == first.content
        assert patient.say("Ana Ruiz").form is not None

    def test_of_somebody_who_goes_for_help(self, patient: Conversation) -> None:
        patient.say("book me in")
        assert patient.say("my chest hurts and I can't breathe").form is not None
        answer = patient.say("forget the appointment, my chest hurts and I can't breathe")
        assert answer.form is None
        assert [type(effect) for effect in answer.effects] == [Emergency]


class TestReadsNumbersBySms:
    def test_and_a_turn_asked_again_is_still_the_same_choice(self, stack: Stack) -> None:
        patient = Conversation(stack, channel="sms")
        patient.say("how long?")
        turn = patient.turn(text="1")
        first = stack.post(turn)
        assert decode_response(first.content).replies[0].topic == "faq/appointment_length"
        patient.say("does it hurt?")
        assert stack.post(turn).content == first.content

    def test_and_in_the_chat_a_number_is_no_choice(self, patient: Conversation) -> None:
        patient.say("how long?")
        assert "faq/appointment_length" not in [one.topic for one in patient.say("1").replies]


class TestFailsAsAWhole:
    @pytest.mark.parametrize(
        "broken",
        [
            (500, json.dumps({"error": SECRET}).encode()),
            (404, b"{}"),
            (200, b"not json"),
            (200, b'{"events": 1}'),
            (503, b""),
            (400, b'{"error": "no", "action_name": "action_answer"}'),
        ],
    )
    def test_when_an_action_fails_and_can_be_asked_again(
        self, stack: Stack, patient: Conversation, broken: tuple[int, bytes]
    ) -> None:
        turn = patient.turn(text="does it hurt?")
        stack.gate.answer = broken
        failed = stack.post(turn)
        assert failed.status_code == 502
        assert set(failed.json()) == {"error"}
        stack.gate.answer = None
        assert decode_response(stack.post(turn).content).replies[0].topic == "faq/pain"

    def test_in_a_form_too(self, stack: Stack, patient: Conversation) -> None:
        patient.say("I want to make an appointment")
        turn = patient.turn(text="Maria Lopez")
        stack.gate.answer = (500, b"{}")
        assert stack.post(turn).status_code == 502
        stack.gate.answer = None
        answer = decode_response(stack.post(turn).content)
        assert answer.form is not None
        assert (answer.form.asking, answer.form.slots.name) == ("phone", "Maria Lopez")

    def test_and_logs_none_of_the_patients_words(self, stack: Stack, patient: Conversation) -> None:
        stack.gate.answer = (500, json.dumps({"error": "no", "request_body": SECRET}).encode())
        for text in (f"my name is {SECRET}", f"can I have it with {SECRET}", f"/{SECRET}"):
            stack.post(patient.turn(text=text))
        stack.gate.answer = None
        patient.say(f"I am on {SECRET}, can I have this?")
        patient.say(f"EXTERNAL: {SECRET}")
        assert SECRET not in stack.logs()

    @pytest.mark.parametrize("patience", [0.5, 30.0])
    def test_when_its_time_is_up_or_who_asked_is_gone(
        self, stack: Stack, patient: Conversation, patience: float
    ) -> None:
        for words in ("book me in", "Maria Lopez"):
            patient.say(words)
        stored = count(stack.database, patient.id)
        turn = patient.turn(text="does it hurt?")
        turn["context"]["form"] = "dropped"
        stack.gate.delay = 30.0
        started = time.monotonic()
        try:
            sent = stack.client.post(
                stack.turns, json=turn, headers=stack.authorization, timeout=patience
            )
            assert sent.status_code == 504
        except httpx.ReadTimeout:
            assert patience < 1
        # The front desk waits ten seconds, and asks elsewhere then.
        assert time.monotonic() - started < 9.5
        stack.gate.delay = 0.0
        assert count(stack.database, patient.id) == stored
        answer = decode_response(stack.post(turn).content)
        assert (answer.form, [reply.topic for reply in answer.replies]) == (None, ["faq/pain"])
        assert time.monotonic() - started < 9.5


class TestForgetsNothing:
    @pytest.mark.parametrize("days", [-5, 5])
    def test_of_a_form_in_a_pause_of_days_or_when_the_clock_is_set_back(
        self, stack: Stack, patient: Conversation, days: int
    ) -> None:
        for words in ("book me in", "Maria Lopez"):
            patient.say(words)
        for words, asked in (("602 555 0142", "area"), ("left knee", "time")):
            move(stack.database, patient.id, days)
            form = patient.say(words).form
            assert form is not None
            assert (form.asking, form.slots.name) == (asked, "Maria Lopez")

    @pytest.mark.parametrize("days", [-5, 5])
    def test_of_an_offered_handover_either(
        self, stack: Stack, patient: Conversation, days: int
    ) -> None:
        assert not patient.say(UNANSWERABLE).effects
        move(stack.database, patient.id, days)
        assert asked_of_staff(patient.say("yes please")) == UNANSWERABLE

    async def test_where_a_long_session_ends_after_an_offer(
        self, stack: Stack, patient: Conversation
    ) -> None:
        await fill(stack.database, patient.id, LONGEST - 5)
        turn = patient.turn(text=UNANSWERABLE)
        offered = stack.post(turn)
        assert count(stack.database, patient.id, SessionStarted) == 0
        assert asked_of_staff(patient.say("yes please")) == UNANSWERABLE
        assert count(stack.database, patient.id, SessionStarted) == 1
        assert stack.post(turn).content == offered.content

    async def test_where_a_long_session_ends_after_choices_by_sms(self, stack: Stack) -> None:
        patient = Conversation(stack, channel="sms")
        await fill(stack.database, patient.id, LONGEST - 5)
        patient.say("how long?")
        assert count(stack.database, patient.id, SessionStarted) == 0
        turn = patient.turn(text="1")
        chosen = stack.post(turn)
        assert decode_response(chosen.content).replies[0].topic == "faq/appointment_length"
        assert count(stack.database, patient.id, SessionStarted) == 1
        assert stack.post(turn).content == chosen.content

    def test_of_a_form_that_was_open_when_a_later_turn_dropped_it(
        self, stack: Stack, patient: Conversation
    ) -> None:
        patient.say("book me in")
        turn = patient.turn(text="Maria Lopez")
        first = stack.post(turn)
        dropping = patient.turn(text="does it hurt?")
        dropping["context"]["form"] = "dropped"
        assert decode_response(stack.post(dropping).content).form is None
        assert stack.post(turn).content == first.content


def asked_of_staff(answer: TurnResponse) -> str:
    """The question of the one handover of a turn."""
    (effect,) = answer.effects
    assert isinstance(effect, Handover)
    return effect.question


class TestAnswers:
    def test_health_says_that_a_model_is_loaded(self, stack: Stack) -> None:
        answer = httpx.get(f"{stack.address}/webhooks/frontdesk/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})

    def test_a_question_with_its_topic(self, patient: Conversation) -> None:
        answer = patient.say("does it hurt?")
        assert [reply.topic for reply in answer.replies] == ["faq/pain"]
        assert answer.understanding.route == "faq"
        assert answer.understanding.topics[0].name == "faq/pain"

    def test_a_handover_with_the_patients_own_words(self, patient: Conversation) -> None:
        words = "/ I'm on warfarin, can I have this?"
        (effect,) = patient.say(words).effects
        assert isinstance(effect, Handover)
        assert (effect.reason, effect.question) == ("clinical_question", words)

    def test_an_emergency_with_the_advice_alone(self, patient: Conversation) -> None:
        patient.say("I want to make an appointment")
        answer = patient.say("my chest hurts and I can't breathe")
        assert [type(effect) for effect in answer.effects] == [Emergency]
        assert [reply.text[:8] for reply in answer.replies] == ["Call 911"]
        assert answer.understanding.route == "emergency"
