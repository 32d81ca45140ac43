"""Texts that go out: one a turn, once whatever happens; staff know of those that do not arrive."""

import itertools
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pydantic import AnyHttpUrl

from clinic.settings import Clinic
from clinic.settings import Texting as TextingSettings
from frontdesk.settings import Settings
from frontdesk.sms import alphabet, deliveries, outbox, provider
from tests.fakes.assistant import saying
from tests.fakes.twilio import FakeTwilio
from tests.frontdesk.desk import eventually
from tests.frontdesk.sms.conftest import ANSWER, Texting

STATUSES = ("queued", "sending", "sent", "delivered", "read", "failed")


def cards_of(texting: Texting) -> list[dict[str, Any]]:
    """The details of what waits for staff."""
    rows = texting.values(
        "SELECT details FROM handovers WHERE closed_at IS NULL ORDER BY opened_at"
    )
    return [json.loads(row) if isinstance(row, str) else row for row in rows]


class TestText:
    def test_is_one_a_turn_with_its_choices_numbered(self, texting: Texting) -> None:
        choices = [{"label": "Yes, please", "intent": "booking", "entities": {}}]
        texting.desk.assistant.answer = saying("It can.\n1) Yes, please", choices=choices)
        texting.text("Does it hurt?")
        text = texting.wait_for_text("It can.\n1) Yes, please")
        assert texting.texts() == [text]

    def test_is_in_plain_signs(self, texting: Texting) -> None:
        texting.desk.assistant.answer = saying("It\u2019s \u201cfine\u201d \u2013 mostly\u2026")
        texting.text("Does it hurt?")
        texting.wait_for_text('It\'s "fine" - mostly...')

    def test_that_is_too_long_comes_in_few_and_in_order(self, texting: Texting) -> None:
        texting.desk.assistant.answer = saying("\n\n".join(["It depends on much. " * 25] * 6))
        texting.text("Does it hurt?")
        eventually(lambda: len(texting.texts()) == 2)
        assert all(len(text) <= 1_600 for text in texting.texts())
        assert [text[-5:] for text in texting.texts()] == ["(1/2)", "(2/2)"]

    def test_names_its_own_address_for_what_becomes_of_it(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        (form,) = texting.twilio.tried
        (delivery,) = texting.values("SELECT id FROM sms_deliveries")
        assert form["StatusCallback"] == f"https://clinic.example/sms/twilio/status/{delivery}"
        assert (form["To"], form["From"]) == (texting.phone, texting.twilio.number)
        eventually(lambda: texting.states() == ["delivered"])

    def test_counts_its_parts_as_the_provider_does(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        (parts,) = texting.values("SELECT parts FROM sms_deliveries")
        (sent,) = texting.twilio.sent
        assert str(parts) == sent.resource()["num_segments"]


class TestStatus:
    def test_ends_alike_in_every_order(self, texting: Texting) -> None:
        texting.twilio.callbacks = ()
        orders = list(itertools.permutations(STATUSES))
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        (sent,) = texting.twilio.sent
        for order in orders[:: len(orders) // 24]:
            texting.rows_changed("UPDATE sms_deliveries SET state = 'queued', error = NULL")
            for status in order:
                code = 30003 if status == "failed" else None
                assert texting.twilio.report(sent, status, code).status == 204
            assert texting.states() == ["failed"]
        assert cards_of(texting) == [{"undelivered": "30003"}]

    @pytest.mark.parametrize("order", [("delivered", "sent"), ("sent", "delivered")])
    def test_that_comes_late_takes_nothing_back(
        self, texting: Texting, order: tuple[str, ...]
    ) -> None:
        texting.twilio.callbacks = order
        texting.text("Does it hurt?")
        eventually(lambda: len(texting.twilio.called) == 2)
        eventually(lambda: texting.states() == ["delivered"])

    def test_before_the_answer_of_the_sending_counts(self, texting: Texting) -> None:
        texting.twilio.callback_before_answer = True
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["delivered"])
        assert len(texting.twilio.sent) == 1

    def test_that_is_not_known_is_no_trouble(self, texting: Texting) -> None:
        texting.twilio.callbacks = ("levitating", "delivered", "partially_delivered")
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["delivered"])
        assert {call.answer.status for call in texting.twilio.called} == {204}

    def test_of_another_text_changes_nothing(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["delivered"])
        (delivery,) = texting.values("SELECT id FROM sms_deliveries")
        form = [
            ("MessageSid", "SM" + "0" * 32),
            ("MessageStatus", "failed"),
            ("AccountSid", texting.twilio.account_sid),
        ]
        path = f"/sms/twilio/status/{delivery}"
        assert texting.twilio.post(path, form).status == 204
        assert texting.states() == ["delivered"]
        assert texting.twilio.post("/sms/twilio/status/nothing", form).status == 404
        assert texting.twilio.post(path, form[1:]).status == 422
        assert texting.twilio.post(path, form, signature="x").status == 403


class TestRefusal:
    @pytest.mark.parametrize(("status", "code"), [(400, 21614), (403, 20003), (418, 99999)])
    def test_for_good_calls_staff_once(self, texting: Texting, status: int, code: int) -> None:
        texting.twilio.fail(status, code, times=5)
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["failed"])
        assert cards_of(texting) == [{"undelivered": str(code)}]
        assert len(texting.twilio.tried) == 1

    def test_for_now_is_tried_again_when_the_provider_says(self, texting: Texting) -> None:
        texting.twilio.retry_after_seconds = 1
        texting.twilio.fail(429, 20429, times=2)
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        assert len(texting.twilio.tried) == 3

    def test_by_the_carrier_afterwards_calls_staff(self, texting: Texting) -> None:
        texting.twilio.delivered_error(texting.phone, 30005)
        texting.text("Does it hurt?")
        eventually(lambda: cards_of(texting) == [{"undelivered": "30005"}])
        assert texting.states() == ["undelivered"]


class TestUnclear:
    """Whoever sends and hears nothing does not know; it is found out, and never just repeated."""

    @pytest.fixture(autouse=True)
    def look_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(deliveries, "LOOK_AGAIN", timedelta(seconds=0.3))
        monkeypatch.setattr(deliveries, "_SURE_AFTER", timedelta(seconds=1))

    @pytest.mark.parametrize("lost", [False, True])
    def test_cut_after_it_was_taken_is_settled_by_callback_or_list(
        self, texting: Texting, lost: bool
    ) -> None:
        texting.twilio.cut_after_accept = 1
        texting.twilio.lose_callbacks = lost
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["delivered"])
        assert len(texting.twilio.sent) == 1

    def test_answer_that_cannot_be_read_is_settled(self, texting: Texting) -> None:
        texting.twilio.garbage = 1
        texting.twilio.lose_callbacks = True
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["delivered"])
        assert len(texting.twilio.sent) == 1

    def test_cut_before_it_was_taken_is_sent_again(self, texting: Texting) -> None:
        texting.twilio.cut_before_accept = 1
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        eventually(lambda: texting.states() == ["delivered"])
        assert len(texting.twilio.sent) == 1

    def test_trouble_of_the_provider_is_not_repeated_blindly(self, texting: Texting) -> None:
        texting.twilio.fail(500, 20500)
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        assert len(texting.twilio.tried) == 2

    def test_sender_that_vanished_is_found_out(self, texting: Texting) -> None:
        texting.twilio.callbacks = ()
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        texting.rows_changed(
            "UPDATE sms_deliveries SET state = 'trying', lease = 'gone', provider_sid = NULL, "
            "leased_until = created_at"
        )
        eventually(lambda: texting.states() == ["queued"])
        assert len(texting.twilio.sent) == 1

    def test_two_that_are_alike_are_matched_one_to_one(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        texting.twilio.cut_after_accept = 2
        texting.twilio.lose_callbacks = True
        texting.text("And after?")
        eventually(lambda: len(texting.twilio.sent) == 2)
        texting.text("And then?")
        eventually(lambda: texting.states() == ["delivered"] * 3)
        assert len(texting.twilio.sent) == 3
        assert len(set(texting.values("SELECT provider_sid FROM sms_deliveries"))) == 3


class TestNoProvider:
    """Nobody listens at the provider's address."""

    @pytest.fixture
    def settings(self, settings: Settings, unused_port: int) -> Settings:
        address = AnyHttpUrl(f"http://127.0.0.1:{unused_port}")
        return settings.model_copy(update={"twilio_api_base": address})

    def test_keeps_what_is_to_be_sent_until_there_is_one(
        self, texting: Texting, unused_port: int
    ) -> None:
        texting.text("Does it hurt?")
        eventually(lambda: texting.values("SELECT attempts FROM sms_deliveries") == [1])
        assert texting.states() in (["waiting"], ["trying"])
        back = FakeTwilio(port=unused_port, now=texting.desk.clock, desk_url=texting.desk.url)
        eventually(lambda: ANSWER in "".join(back.texts_to(texting.phone)))
        assert len(back.sent) == 1
        back.close()


class TestFault:
    def test_of_one_text_stops_no_other(
        self, texting: Texting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = alphabet.plain

        def fails(words: str) -> str:
            if "broken" in words:
                raise RuntimeError("a fault")
            return real(words)

        monkeypatch.setattr(outbox, "plain", fails)
        texting.desk.assistant.answer = saying("a broken answer")
        texting.text("Does it hurt?")
        eventually(lambda: cards_of(texting) == [{"undelivered": "not_made"}])
        texting.desk.assistant.answer = saying(ANSWER)
        texting.text("Does it hurt?", phone="+16025550112")
        texting.wait_for_text(ANSWER, "+16025550112")


class TestCaps:
    """So much in a day and no more; emergencies are not counted out."""

    LIMITS = TextingSettings(per_number=2, per_day=3, elsewhere=1)

    @pytest.fixture
    def clinic(self, clinic: Clinic) -> Clinic:
        return msgspec.structs.replace(clinic, sms=self.LIMITS)

    def test_hold_for_one_number(self, texting: Texting) -> None:
        for number in range(3):
            texting.text(f"and question {number}?")
            texting.wait_for_deliveries(number + 1)
        eventually(lambda: cards_of(texting) == [{"undelivered": "over_number"}])
        assert len(texting.texts()) == 2
        texting.text("my chest hurts and I can't breathe")
        texting.wait_for_text("911")

    def test_hold_for_the_day_and_for_other_countries(self, texting: Texting) -> None:
        for phone in ("+525512345678", "+525512345679"):
            texting.text("Does it hurt?", phone=phone)
            eventually(lambda: "waiting" not in texting.states())
        eventually(lambda: cards_of(texting) == [{"undelivered": "over_country"}])
        for phone in ("+16025550121", "+16025550122", "+16025550123"):
            texting.text("Does it hurt?", phone=phone)
        eventually(lambda: {"undelivered": "over_day"} in cards_of(texting))
        assert len(texting.twilio.sent) == 3
        texting.desk.clock.ahead = timedelta(days=1, minutes=1)
        texting.text("Does it hurt?", phone="+16025550124")
        texting.wait_for_text(ANSWER, "+16025550124")


class TestSweep:
    def test_tells_what_a_lost_callback_would_have(self, texting: Texting) -> None:
        texting.twilio.lose_callbacks = True
        texting.twilio.delivered_error(texting.phone, 30003)
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["undelivered"])
        assert cards_of(texting) == [{"undelivered": "30003"}]

    def test_brings_what_never_arrived_in_its_order(self, texting: Texting) -> None:
        for number in range(5):
            texting.twilio.text(texting.phone, f"Question {number}?", deliver=False)
        eventually(lambda: len(texting.desk.assistant.turns) == 5)
        asked = [said[2] for said in texting.said() if said[0] == "patient"]
        assert asked == [f"Question {number}?" for number in range(5)]

    def test_takes_nothing_of_the_accounts_other_numbers(self, texting: Texting) -> None:
        texting.twilio.text(texting.phone, "Not for you", to="+14805559999", deliver=False)
        texting.twilio.text(texting.phone, "Does it hurt?", deliver=False)
        texting.wait_for_text(ANSWER)
        assert texting.outcomes() == ["taken"]

    def test_finds_what_came_while_the_clock_was_ahead(self, texting: Texting) -> None:
        asked = len(texting.twilio.asked)
        texting.desk.clock.ahead = timedelta(hours=1)
        eventually(lambda: len(texting.twilio.asked) > asked + 4)
        texting.desk.clock.ahead = timedelta()
        texting.twilio.text(texting.phone, "Does it hurt?", deliver=False)
        texting.wait_for_text(ANSWER)

    def test_takes_nothing_twice(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        texting.twilio.text(texting.phone, "And after?", deliver=False)
        eventually(lambda: len(texting.desk.assistant.turns) == 2)
        asked = len(texting.twilio.asked)
        eventually(lambda: len(texting.twilio.asked) > asked + 5)
        assert len(texting.desk.assistant.turns) == 2

    def test_reads_all_pages(self, texting: Texting, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(provider, "_PAGE", 4)
        for number in range(11):
            texting.twilio.text(f"+1602555{number:04}", "STOP", deliver=False)
        eventually(lambda: texting.values("SELECT count(*) FROM sms_inbound") == [11])

    def test_goes_on_when_the_list_can_be_had_again(self, texting: Texting) -> None:
        texting.twilio.refuse_reads = [(500, 20500)] * 3
        texting.twilio.text(texting.phone, "Does it hurt?", deliver=False)
        texting.wait_for_text(ANSWER)
