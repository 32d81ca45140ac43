"""The first consultation question, end to end: a patient's browser, three processes, the inbox."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.people import ANSWER_MS, LONG_MS, Patient, Staff
from tests.browser.whole import Whole

REFERENCE = re.compile(r"reference is\s+([A-Z0-9][A-Z0-9-]{3,})")
CHEST = "my chest hurts and I can't breathe"
COUNT_TONES = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...times) {
  window.tones += 1;
  start.apply(this, times);
};
"""


@pytest.fixture
def staff(staff_device: BrowserContext, whole: Whole, request: pytest.FixtureRequest) -> Staff:
    """Dr. Rivera, in a browser of her own."""
    email = f"{abs(hash(request.node.name))}@clinic.example"
    return Staff.joins(staff_device.new_page(), whole.staff_link("Dr. Rivera", email))


@pytest.fixture
def assistant_back(whole: Whole) -> Iterator[None]:
    """Leave the assistant as it was found: there."""
    yield
    whole.wait_for_assistant()


def begin_booking(patient: Patient) -> None:
    """Ask for a visit, up to the question for the phone number."""
    assert "name" in patient.asks("I'd like to come in")
    assert "phone" in patient.asks("Maria Lopez")


class TestQuestions:
    def test_the_first_message_says_what_the_assistant_is(self, patient: Patient) -> None:
        greeting = patient.messages.first.inner_text()
        assert "automated assistant" in greeting
        assert "911" in greeting
        assert "talk to a person" in greeting

    def test_an_answer_names_its_source(self, patient: Patient) -> None:
        assert re.search(r"Source", patient.asks("does it hurt?"))

    def test_the_part_of_the_body_decides_the_number_of_sessions(self, patient: Patient) -> None:
        knee = patient.asks("how many sessions for a knee?")
        back = patient.asks("how many sessions for my lower back?")
        assert "2 to 4" in knee
        assert "twice as long" in back
        assert "twice as long" not in knee


class TestHandover:
    def test_staff_get_the_question_answer_it_and_give_back(
        self, patient: Patient, staff: Staff
    ) -> None:
        said = patient.asks("I'm on warfarin, can I have this?")
        assert "a person will answer you here" in said
        assert "Source" not in said
        staff.opens("I'm on warfarin, can I have this?")
        expect(staff.page.get_by_test_id("card")).to_contain_text("warfarin")

        staff.replies("Thank you for telling us. Please call me before you book.")
        patient.sees("Please call me before you book.")
        before = patient.answers().count()
        patient.says("what is prolotherapy?")
        expect(staff.page.get_by_test_id("transcript")).to_contain_text("what is prolotherapy?")
        assert patient.answers().count() == before

        staff.gives_back()
        patient.sees("back with the automated assistant")
        # What staff left open is answered, and then whatever comes.
        expect(patient.answers().filter(has_text="Prolotherapy is a treatment")).to_have_count(1)
        assert "Source" in patient.asks("how is it done?")


class TestTwoPeople:
    def test_see_that_the_other_types_and_has_read(self, patient: Patient, staff: Staff) -> None:
        question = "I take lithium, is it right for me?"
        patient.asks(question)
        staff.opens(question)
        staff.page.get_by_label("Your reply").press_sequentially("One mom")
        expect(patient.chat.locator("#thinking")).to_be_visible()
        expect(patient.chat.locator("#thinking")).to_contain_text("are writing")
        staff.replies("One moment, please.")
        patient.sees("One moment")
        expect(patient.chat.locator("#thinking")).to_be_hidden()
        expect(staff.page.get_by_test_id("seen")).to_be_visible()
        patient.chat.locator("#box").press_sequentially("Of cour")
        expect(staff.page.get_by_text("The patient is typing")).to_be_visible()
        patient.says("Of course")
        expect(staff.page.get_by_test_id("transcript")).to_contain_text("Of course")
        expect(staff.page.get_by_text("The patient is typing")).to_be_hidden()

    def test_open_a_row_also_while_the_list_is_drawn_anew(
        self, patient: Patient, staff: Staff
    ) -> None:
        question = "I take methotrexate, is it right for me?"
        patient.asks(question)
        staff.page.goto("/inbox/waiting")
        row = staff.row(question)
        row.hover()
        staff.page.mouse.down()
        row.evaluate("node => (node.dataset.drawn = 'before')")
        with staff.page.expect_response("**/inbox/waiting"):
            patient.says("I take it on Mondays")
        staff.page.wait_for_timeout(300)
        expect(row).to_have_attribute("data-drawn", "before")
        staff.page.mouse.up()
        expect(staff.page.get_by_test_id("transcript")).to_contain_text("on Mondays")

    def test_press_a_button_also_while_the_card_is_drawn_anew(
        self, patient: Patient, staff: Staff
    ) -> None:
        question = "I take tacrolimus, is it right for me?"
        patient.asks(question)
        staff.opens(question)
        staff.page.get_by_label("Your reply").focus()
        button = staff.page.get_by_role("button", name="Take over")
        button.hover()
        staff.page.mouse.down()
        button.evaluate("node => (node.dataset.drawn = 'before')")
        with staff.page.expect_response("**/inbox/conversations/*"):
            patient.says("I take it in the morning")
        staff.page.wait_for_timeout(300)
        expect(button).to_have_attribute("data-drawn", "before")
        staff.page.mouse.up()
        expect(staff.page.get_by_test_id("owner").first).to_contain_text("You")

    def test_leave_a_conversation_to_colleagues(self, patient: Patient, staff: Staff) -> None:
        question = "I take digoxin, is it right for me?"
        patient.asks(question)
        staff.opens(question)
        staff.replies("One moment, please.")
        staff.page.get_by_role("button", name="Leave to colleagues").click()
        expect(staff.page.get_by_test_id("owner").first).to_contain_text("Nobody yet")
        patient.sees("has passed this chat on")
        expect(patient.chat.locator("#owner")).to_contain_text("person")
        staff.page.goto("/inbox/waiting")
        expect(
            staff.page.get_by_test_id("row").filter(has_text="Left to colleagues")
        ).to_be_visible()


class TestBooking:
    def test_a_request_reaches_the_inbox_with_the_reference_the_patient_saw(
        self, patient: Patient, staff: Staff
    ) -> None:
        begin_booking(patient)
        patient.asks("602 555 0142")
        patient.asks("left knee")
        summary = patient.asks("Thursday afternoon")
        assert "may call or text you" in summary
        assert "Maria Lopez" in summary
        assert "knee" in summary
        found = REFERENCE.search(patient.asks("yes"))
        assert found is not None
        staff.page.goto("/inbox/bookings")
        request = staff.page.get_by_test_id("booking").filter(has_text=found.group(1))
        expect(request).to_contain_text("Maria Lopez")
        expect(request).to_contain_text("left knee")
        expect(request).to_contain_text("Thursday")


class TestEmergency:
    def test_advice_comes_at_once_and_staff_get_an_urgent_card(
        self, patient: Patient, staff: Staff
    ) -> None:
        patient.says(CHEST)
        patient.sees_emergency_advice()
        staff.page.goto("/inbox/waiting")
        expect(staff.row(CHEST).first).to_contain_text("Urgent")

    def test_advice_does_not_wait_for_the_live_feed(self, device: BrowserContext) -> None:
        page = device.new_page()
        page.route(re.compile(r"/feed$|/messages\?after=[1-9]"), lambda route: route.abort())
        patient = Patient.arrives(page)
        patient.says(CHEST)
        patient.sees_emergency_advice()
        assert [number for number, _ in patient.transcript()] == ["1", "2", "3"]

    def test_an_emergency_sounds_until_it_is_acknowledged(
        self, patient: Patient, staff: Staff
    ) -> None:
        words = f"{CHEST}, I am in the car park"
        staff.page.add_init_script(COUNT_TONES)
        staff.page.goto("/inbox/bookings")
        staff.page.get_by_role("heading", level=1).click()
        patient.says(words)
        alarm = staff.page.get_by_test_id("alarm")
        expect(alarm).to_contain_text(words)
        expect(staff.page.locator("#silent")).to_be_hidden()
        staff.page.wait_for_function("window.tones > 0")
        alarm.get_by_role("link").filter(has_text=words).click()
        staff.page.get_by_role("button", name="Acknowledge").click()
        expect(alarm).not_to_contain_text(words)
        expect(staff.page.get_by_test_id("urgent")).to_contain_text("Seen by Dr. Rivera")

    def test_in_the_middle_of_the_booking(self, patient: Patient) -> None:
        begin_booking(patient)
        patient.says(CHEST)
        patient.sees_emergency_advice()
        assert "Which part of the body" in patient.asks("602 555 0142")

    def test_while_staff_own_the_conversation(self, patient: Patient, staff: Staff) -> None:
        question = "I take prednisone, is it right for me?"
        patient.asks(question)
        staff.opens(question)
        staff.replies("Good question, one moment.")
        patient.sees("one moment")
        patient.says(CHEST)
        patient.sees_emergency_advice()
        expect(staff.page.get_by_test_id("urgent").first).to_contain_text("chest")

    def test_with_a_database_that_cannot_be_written_to(
        self, patient: Patient, whole: Whole
    ) -> None:
        with whole.locked_database():
            patient.says(CHEST)
            notice = patient.chat.get_by_test_id("notice")
            expect(notice).to_contain_text("Call 911", timeout=ANSWER_MS)
            expect(notice).to_contain_text("could not be stored")
        patient.sees_emergency_advice()

    @pytest.mark.usefixtures("assistant_back")
    def test_with_the_assistant_killed(self, patient: Patient, whole: Whole) -> None:
        whole.kill_assistant()
        patient.says(CHEST)
        patient.sees_emergency_advice()


class TestInterruptions:
    def test_who_asks_before_the_launcher_is_there_is_not_forgotten(
        self, device: BrowserContext
    ) -> None:
        page = device.new_page()
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/launcher-words.js", hold)
        page.goto("/demo")
        page.get_by_role("button", name="Ask a question").click()
        assert not page.locator("iframe").count()
        held[0].continue_()
        expect(Patient(page).messages.first).to_be_visible()

    @pytest.mark.usefixtures("assistant_back")
    def test_what_was_asked_while_the_assistant_was_down_is_answered_when_it_is_back(
        self, patient: Patient, whole: Whole
    ) -> None:
        patient.asks("does it hurt?")
        whole.kill_assistant()
        answer = patient.asks("how many sessions for a knee?", timeout=LONG_MS)
        expect(patient.answers().filter(has_text="2 to 4")).to_have_count(1, timeout=LONG_MS)
        assert answer

    def test_a_reload_shows_the_same_messages(self, patient: Patient) -> None:
        patient.asks("does it hurt?")
        before = patient.transcript()
        patient.page.reload()
        patient.open_chat()
        expect(patient.messages).to_have_count(len(before))
        assert patient.transcript() == before

    def test_a_second_tab_shows_the_same_conversation_live(
        self, patient: Patient, device: BrowserContext
    ) -> None:
        patient.asks("does it hurt?")
        second = Patient.arrives(device.new_page())
        expect(second.messages).to_have_count(patient.messages.count())
        patient.asks("how is it done?")
        expect(second.messages).to_have_count(patient.messages.count())
        assert second.transcript() == patient.transcript()

    def test_what_was_written_without_network_arrives_once(
        self, patient: Patient, device: BrowserContext
    ) -> None:
        patient.asks("does it hurt?")
        device.set_offline(True)
        patient.says("how is it done?")
        device.set_offline(False)
        expect(patient.answers()).to_have_count(3, timeout=LONG_MS)
        numbers = [number for number, _ in patient.transcript()]
        assert numbers == sorted(set(numbers), key=int)
        own = patient.messages.filter(has_text="how is it done?").and_(
            patient.chat.locator(".from-patient")
        )
        expect(own).to_have_count(1, timeout=ANSWER_MS)
