"""Texts that come in: kept once, acknowledged at once, answered once, whatever they carry."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from frontdesk.settings import Settings
from frontdesk.sms import keywords
from frontdesk.sms.signature import sign as sign_bytes
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_wire import new_sid, sign
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import eventually
from tests.frontdesk.sms.conftest import ANSWER, Texting
from tests.frontdesk.test_environment import read_only

WEBHOOK = "/sms/twilio/messages"


class TestText:
    def test_is_answered_with_the_introduction_and_the_answer_in_one(
        self, texting: Texting
    ) -> None:
        texting.text("Does it hurt?")
        text = texting.wait_for_text(ANSWER)
        assert text.startswith("This is the automated assistant of Prolotherapy Clinic.")
        assert all(word in text for word in ("call 911", "HELP", "STOP"))
        texting.text("And how long does it take?")
        eventually(lambda: texting.texts() == [text, ANSWER])

    def test_tells_the_assistant_the_channel_and_the_phone(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        (turn,) = texting.desk.assistant.turns
        assert (turn["channel"], turn["context"]["known_phone"]) == ("sms", texting.phone)
        assert turn["text"] == "Does it hurt?"

    def test_of_an_old_number_begins_a_new_conversation(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        first = texting.conversation_id()
        texting.desk.clock.ahead = timedelta(days=15)
        texting.text("Does it hurt?")
        assert texting.conversation_id() != first
        eventually(lambda: len(texting.texts()) == 2)
        assert "automated assistant of" in texting.texts()[1]

    def test_waits_in_its_conversation_however_long_staff_take(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        first = texting.conversation_id()
        texting.text("hola", media=1)
        texting.desk.clock.ahead = timedelta(days=40)
        texting.text("Anybody there?")
        assert texting.conversation_id() == first


class TestGivenBack:
    def test_the_assistant_is_asked_nothing_that_is_not_for_it(
        self, texting: Texting, nurse: Person
    ) -> None:
        texting.text("", media=1)
        texting.text("HELP")
        texting.text("\U0001f44d to \u201cwe have your picture\u201d")
        texting.text("Does it hurt?")
        assert texting.desk.assistant.turns == []
        path = f"/conversations/{texting.conversation_id()}"
        nurse.call("POST", f"{path}/take")
        assert nurse.call("POST", f"{path}/give-back").json()["owner"] == "assistant"
        texting.wait_for_text(ANSWER)
        # Under load it may be asked again.
        assert {turn["text"] for turn in texting.desk.assistant.turns} == {"Does it hurt?"}


class TestPatience:
    HANGS_SECONDS = 60

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """The assistant is waited for longer than any acknowledgement may take."""
        return settings.model_copy(update={"assistant_timeout_seconds": self.HANGS_SECONDS})

    def test_with_an_assistant_that_hangs_is_not_the_providers(self, texting: Texting) -> None:
        # What an acknowledgement takes at most is measured where nothing else runs: benchmarks/.
        texting.desk.assistant.hold.clear()
        answers = [
            texting.text(f"Question {number}?", phone=f"+1602555{number:04}")
            for number in range(20)
        ]
        assert max(answer.seconds for answer in answers) < self.HANGS_SECONDS / 6
        eventually(lambda: texting.desk.assistant.turns)
        assert ANSWER not in texting.values("SELECT text FROM messages")
        texting.desk.assistant.hold.set()


class TestCopies:
    def test_of_one_text_at_once_are_one_row_one_turn_and_one_answer(
        self, texting: Texting
    ) -> None:
        sids = [new_sid("SM") for _ in range(5)]
        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(
                    lambda place: texting.twilio.text(
                        f"+1602555{1000 + place % 5}", "Does it hurt?", sid=sids[place % 5]
                    ),
                    range(100),
                )
            )
        assert {answer.status for answer in answers} == {200}
        assert texting.values("SELECT message_sid FROM sms_inbound ORDER BY 1") == sorted(sids)
        eventually(lambda: len(texting.twilio.sent) == 5)
        assert len(texting.desk.assistant.turns) == 5
        assert texting.values("SELECT count(*) FROM messages WHERE author = 'patient'") == [5]

    def test_of_yesterday_have_no_effect(self, texting: Texting) -> None:
        sid = new_sid("SM")
        texting.text("Does it hurt?", sid=sid)
        texting.wait_for_text(ANSWER)
        texting.desk.clock.ahead = timedelta(days=1)
        texting.text("Does it hurt?", sid=sid)
        texting.text("Thanks")
        eventually(lambda: len(texting.texts()) == 2)
        assert [said[2] for said in texting.said() if said[0] == "patient"] == [
            "Does it hurt?",
            "Thanks",
        ]


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
class TestTwoTokens:
    """While they rotate."""

    NEW = "f" * 32

    @pytest.fixture
    def tokens(self, twilio: FakeTwilio) -> str:
        return f"{self.NEW}, {twilio.auth_token}"

    def test_are_both_believed_and_both_tried(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        texting.twilio.auth_token = self.NEW
        texting.text("And after?")
        eventually(lambda: len(texting.texts()) == 2)


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
class TestRequest:
    """List D of the bad input: what may come to the address, and what it is answered."""

    @pytest.mark.parametrize(
        "signature", ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "RSOYDt4T1cUTdK1PDd93/VVr8B8="]
    )
    def test_without_the_right_signature_is_refused(self, texting: Texting, signature: str) -> None:
        form = texting.twilio.form_for(texting.phone, "Does it hurt?")
        assert texting.twilio.post(WEBHOOK, form, signature=signature).status == 403
        assert texting.values("SELECT count(*) FROM sms_inbound") == [0]

    def test_with_two_signatures_is_refused(self, texting: Texting) -> None:
        form = texting.twilio.form_for(texting.phone, "Does it hurt?")
        right = sign(texting.twilio.auth_token, texting.twilio.public_url + WEBHOOK, form)
        answer = texting.desk.http.post(
            WEBHOOK,
            data=dict(form),
            headers=[("X-Twilio-Signature", right), ("X-Twilio-Signature", right)],
        )
        assert answer.status_code == 403

    @pytest.mark.parametrize("path", [f"{WEBHOOK}?x=1", "/sms/twilio/status/abc"])
    def test_signed_for_another_address_is_refused(self, texting: Texting, path: str) -> None:
        form = texting.twilio.form_for(texting.phone, "Does it hurt?")
        other = sign(texting.twilio.auth_token, texting.twilio.public_url + WEBHOOK, form)
        assert texting.twilio.post(path, form, signature=other).status == 403

    def test_with_a_query_is_signed_with_it(self, texting: Texting) -> None:
        form = texting.twilio.form_for(texting.phone, "Does it hurt?")
        assert texting.twilio.post(f"{WEBHOOK}?from=console", form).status == 200

    def test_through_a_proxy_is_judged_by_our_public_address_alone(self, texting: Texting) -> None:
        form = texting.twilio.form_for(texting.phone, "Does it hurt?")
        headers = {
            "Host": "10.0.0.7:8123",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Port": "1",
        }
        assert texting.twilio.post(WEBHOOK, form, headers=headers).status == 200
        forged = sign(texting.twilio.auth_token, f"http://evil.example{WEBHOOK}", form)
        refused = texting.twilio.post(WEBHOOK, form, headers=headers, signature=forged)
        assert refused.status == 403

    def test_by_get_is_no_text(self, texting: Texting) -> None:
        form = texting.twilio.form_for(texting.phone, "Does it hurt?")
        answer = texting.desk.http.get(WEBHOOK, params=dict(form))
        assert answer.status_code == 405

    def test_in_json_is_refused(self, texting: Texting) -> None:
        body = b'{"From": "+16025550111", "Body": "hi"}'
        answer = texting.twilio.post(
            WEBHOOK, [], raw_body=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status == 403

    def test_of_another_account_is_refused(self, texting: Texting) -> None:
        answer = texting.twilio.text(texting.phone, "hi", AccountSid="AC" + "9" * 32)
        assert answer.status == 403

    def test_without_an_id_is_refused(self, texting: Texting) -> None:
        answer = texting.twilio.text(
            texting.phone, "hi", MessageSid=None, SmsSid=None, SmsMessageSid=None
        )
        assert answer.status == 422

    @pytest.mark.parametrize(
        "more",
        [
            {"MessagingServiceSid": "MG" + "1" * 32},
            {"FromCity": "", "FromState": " ", "SomethingNew": "2027", "ToZip": "+ é 🦵"},
            {"NumSegments": "-4"},
            {"NumMedia": "many"},
            {"To": "+18335550100"},
            {"To": "22333"},
        ],
    )
    def test_with_fields_of_any_kind_is_taken(self, texting: Texting, more: dict[str, str]) -> None:
        texting.text("Does it hurt?", **more)
        texting.wait_for_text(ANSWER)

    def test_with_bytes_that_are_no_text_is_kept_as_far_as_it_is_one(
        self, texting: Texting
    ) -> None:
        form = texting.twilio.form_for(texting.phone, "\udcff knee \udcfe")
        body = "&".join(
            f"{name}=" + (value if name != "Body" else "%FF+knee+%FE") for name, value in form
        ).replace("+1602", "%2B1602")
        answer = texting.twilio.post(
            WEBHOOK, [], raw_body=body.encode(), signature=_signed(texting, form)
        )
        assert answer.status == 200
        assert "knee" in texting.said()[1][2]

    def test_with_sixteen_hundred_characters_is_kept_to_the_letter(self, texting: Texting) -> None:
        words = "My knee hurts when I walk. " * 59
        texting.text(words[:1_600])
        assert texting.said()[1][2] == words[:1_600].strip()

    def test_with_a_nul_is_kept_without_it(self, texting: Texting) -> None:
        texting.text("does it\x00 hurt?")
        assert texting.said()[1][2] == "does it hurt?"

    @pytest.mark.parametrize("words", ["", "   ", None])
    def test_without_words_gets_help_and_no_answer(
        self, texting: Texting, words: str | None
    ) -> None:
        texting.text("", Body=words)
        text = texting.wait_for_text("Emergency? Call 911")
        assert "(602) 555-0142" in text
        assert texting.desk.assistant.turns == []


def _signed(texting: Texting, form: list[tuple[str, str]]) -> str:
    """By our own program: the other one signs only what is text."""
    address = texting.twilio.public_url + WEBHOOK
    return sign_bytes(texting.twilio.auth_token, address, form)


class TestMedia:
    def test_alone_is_told_and_staff_see_that_it_came(self, texting: Texting) -> None:
        texting.text("", media=10)
        text = texting.wait_for_text("cannot open pictures")
        assert "automated assistant of" in text
        assert texting.cards() == [("clinical_question", "[10 pictures or files, not opened here]")]
        assert texting.desk.assistant.turns == []

    def test_with_words_is_answered_and_told(self, texting: Texting) -> None:
        texting.text("Does it hurt?", media=1)
        text = texting.wait_for_text(ANSWER)
        assert "cannot open pictures" in text
        assert texting.cards() == [("clinical_question", "Does it hurt?")]

    def test_is_never_fetched(self, texting: Texting) -> None:
        address = f"{texting.twilio.url}/secret.jpg"
        texting.text("Does it hurt?", media=1, MediaUrl0=address)
        texting.wait_for_text(ANSWER)
        assert not any("secret" in asked for asked in texting.twilio.asked)

    def test_with_words_of_an_emergency_leaves_the_advice_alone(self, texting: Texting) -> None:
        texting.text("my chest hurts and I can't breathe", media=1)
        text = texting.wait_for_text("911")
        assert "pictures" not in text


class TestSender:
    @pytest.mark.parametrize(
        "sender", ["22333", "PharmaBot", "whatsapp:+16025550111", "anonymous", "", "+", "266696687"]
    )
    def test_that_is_no_phone_is_kept_and_never_answered(
        self, texting: Texting, sender: str
    ) -> None:
        texting.text("Your code is 1234", phone=None, From=sender)
        assert texting.rows("SELECT outcome, text FROM sms_inbound") == [
            ("not_a_person", "Your code is 1234")
        ]
        assert texting.values("SELECT count(*) FROM conversations") == [0]

    def test_that_is_our_own_number_is_never_answered(self, texting: Texting) -> None:
        texting.text("hello", From=texting.twilio.number)
        texting.text("hello", From="+16025550177", To="+16025550177")
        assert texting.values("SELECT outcome FROM sms_inbound") == ["not_a_person"] * 2

    def test_that_sends_our_words_back_is_left_alone(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        text = texting.wait_for_text(ANSWER)
        texting.text(text)
        assert ("not_answered", text.strip()) in texting.cards()
        assert len(texting.desk.assistant.turns) == 1

    def test_that_sends_our_advice_back_starts_no_endless_talk(self, texting: Texting) -> None:
        texting.text("my chest hurts and I can't breathe")
        advice = texting.wait_for_text("911")
        for _ in range(3):
            texting.text(advice)
        assert len(texting.twilio.sent) == 1

    def test_that_only_reacts_to_a_text_is_not_answered(self, texting: Texting) -> None:
        texting.text("my chest hurts and I can't breathe")
        advice = texting.wait_for_text("911")
        texting.text(f"Liked \u201c{advice}\u201d")
        assert texting.outcomes() == ["taken", "reaction"]
        assert len(texting.cards()) == 1

    def test_that_repeats_itself_is_left_alone(self, texting: Texting) -> None:
        words = "I am out of the office until Monday, January 4."
        for _ in range(6):
            texting.text(words)
        eventually(lambda: len(texting.desk.assistant.turns) == 3)
        assert ("not_answered", words) in texting.cards()

    def test_that_writes_much_is_kept_told_once_and_left_to_staff(self, texting: Texting) -> None:
        for number in range(16):
            texting.text(f"and question {number}?")
        texting.wait_for_text("automated assistant rests")
        assert len([said for said in texting.said() if said[0] == "patient"]) == 16
        assert any(reason == "not_answered" for reason, _ in texting.cards())
        texting.text("my chest hurts and I can't breathe")
        texting.wait_for_text("Call 911 now")
        assert sum("rests" in text for text in texting.texts()) == 1
        texting.desk.clock.ahead = timedelta(hours=2)
        turns = len(texting.desk.assistant.turns)
        texting.text("does it hurt?")
        eventually(lambda: len(texting.desk.assistant.turns) > turns)


class TestEmergency:
    EMERGENCY = "my chest hurts and I can't breathe"

    def test_reads_the_advice_before_anything_else(self, texting: Texting) -> None:
        texting.text(self.EMERGENCY)
        text = texting.wait_for_text("911")
        assert "911" in text.splitlines()[0]
        assert texting.cards() == [("emergency", self.EMERGENCY)]

    def test_waits_for_no_answer_that_is_being_written(self, texting: Texting) -> None:
        texting.desk.assistant.hold.clear()
        texting.text("Does it hurt?")
        texting.text(self.EMERGENCY)
        text = texting.wait_for_text("911", None)
        assert "911" in text.splitlines()[0]
        texting.desk.assistant.hold.set()

    def test_is_advised_when_nothing_can_be_stored(self, texting: Texting) -> None:
        with read_only(texting.desk, texting.settings):
            answer = texting.twilio.text(texting.phone, self.EMERGENCY)
            assert answer.status == 200
            assert "<Message>" in answer.body
            assert "911" in answer.body
            assert texting.twilio.text(texting.phone, "and after?").status == 503
        # The provider has both, and a sweep brings them.
        texting.wait_for_text("911")
        eventually(
            lambda: (
                [said[2] for said in texting.said() if said[0] == "patient"][1:] == ["and after?"]
            )
        )

    def test_to_a_number_that_stopped_is_told_nothing_and_staff_phone(
        self, texting: Texting
    ) -> None:
        texting.text("STOP")
        texting.text(self.EMERGENCY)
        ((reason, question),) = texting.cards()
        assert (reason, question) == ("emergency", self.EMERGENCY)
        (details,) = texting.values("SELECT details FROM handovers")
        assert "no" in str(details)
        assert texting.texts() == []


class TestFault:
    def test_of_ours_loses_no_text(self, texting: Texting, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(words: str) -> None:
            raise RuntimeError("a fault")

        monkeypatch.setattr(keywords, "read", fails)
        texting.text("Does it hurt?")
        assert texting.cards() == [("not_answered", "Does it hurt?")]
        assert texting.values("SELECT outcome FROM sms_inbound") == ["not understood"]
