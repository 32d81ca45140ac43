"""Accounts: one-time links, passwords, sessions and tokens, on both databases."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk.database import Database
from frontdesk.errors import Conflict, Invalid, NotFound, Unauthorized
from frontdesk.migrating import migrate
from frontdesk.staff import entering, secrets, service
from frontdesk.staff.models import Invitation, PersonalToken, Staff, StaffSession

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PASSWORD = "sugar water and patience"
T = TypeVar("T")


class Office:
    """Runs work in transactions of one database."""

    def __init__(self, url: str) -> None:
        """Bring the database up."""
        migrate(url)
        self.url = url

    def go(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Work that needs more than one transaction."""

        async def run() -> T:
            database = Database(self.url)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(run())

    def do(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """One transaction."""

        async def run(database: Database) -> T:
            async with database.transaction() as session:
                return await work(session)

        return self.go(run)

    def invite(self, email: str = "dana@example.com") -> str:
        """An account's one-time token."""
        return self.do(lambda s: service.add(s, "Dana Reyes", email, "clinician", NOW))

    def accept(self, token: str, password: str = PASSWORD, now: datetime = NOW) -> str:
        """Use the link."""
        return self.go(lambda d: entering.accept_invitation(d, token, now, password=password))

    def accept_first(self, token: str, name: str, email: str) -> str:
        """Use the link that makes the first account."""
        return self.go(
            lambda d: entering.accept_invitation(
                d, token, NOW, password=PASSWORD, name=name, email=email
            )
        )

    def sign_in(self, email: str, password: str) -> str:
        """A session token."""
        return self.go(lambda d: entering.sign_in(d, email, password, NOW))

    def link(self, email: str = "dana@example.com") -> str:
        """A new one-time token."""
        return self.do(lambda s: service.new_link(s, email, NOW))

    def disable(self, email: str = "dana@example.com") -> None:
        """The end of an account."""
        self.do(lambda s: service.disable(s, email, NOW))

    def states(self) -> dict[str, str]:
        """Whether each person can sign in."""
        people = self.do(service.everybody)
        return {person.email: service.state_of(person) for person in people}

    def token(self) -> str:
        """A personal token."""
        return self.do(lambda s: service.add_token(s, "dana@example.com", NOW))

    def holder(self, token: str) -> str | None:
        """Whose personal token it is."""
        person = self.do(lambda s: service.holder_of_token(s, token))
        return person.email if person else None

    def use(self, token: str, now: datetime) -> None:
        """A request of a signed-in browser."""
        assert self.who(token, now) is not None
        self.do(lambda s: service.touch(s, token, now))

    def who(self, token: str, now: datetime = NOW) -> str | None:
        """Whose session it is."""
        found = self.do(lambda s: service.current(s, token, now))
        return found.staff.email if found else None


@pytest.fixture
def office(database_url: str) -> Office:
    """An office without anybody."""
    return Office(database_url)


class TestFirstAccount:
    def test_is_made_by_a_link_that_works_once(self, office: Office) -> None:
        token = office.do(lambda s: service.first_invitation(s, NOW))
        assert token is not None
        session = office.accept_first(token, "Dana Reyes", "Dana@Example.com")
        assert office.who(session) == "dana@example.com"
        with pytest.raises(NotFound):
            office.accept(token)

    def test_has_no_link_once_somebody_has_an_account(self, office: Office) -> None:
        office.invite()
        assert office.do(lambda s: service.first_invitation(s, NOW)) is None

    def test_keeps_only_the_newest_link(self, office: Office) -> None:
        first = office.do(lambda s: service.first_invitation(s, NOW))
        office.do(lambda s: service.first_invitation(s, NOW))
        assert first is not None
        with pytest.raises(NotFound):
            office.do(lambda s: service.invitation(s, first, NOW))

    def test_has_a_link_that_is_worth_nothing_after_somebody_was_added(
        self, office: Office
    ) -> None:
        token = office.do(lambda s: service.first_invitation(s, NOW))
        office.invite()
        assert token is not None
        with pytest.raises(NotFound):
            office.accept_first(token, "Eve", "eve@example.com")


class TestInvitation:
    def test_names_the_person_without_being_used_up(self, office: Office) -> None:
        token = office.invite()
        for _ in range(2):
            invited = office.do(lambda s: service.invitation(s, token, NOW))
            assert (invited.name, invited.email) == ("Dana Reyes", "dana@example.com")

    def test_expires(self, office: Office) -> None:
        with pytest.raises(NotFound):
            office.accept(office.invite(), now=NOW + timedelta(days=4))

    @pytest.mark.parametrize(
        ("password", "code"),
        [
            ("short", "password_too_short"),
            ("a" * 300, "password_too_long"),
            ("aaaaaaaaaaaaaaa", "password_common"),
            ("password12345", "password_common"),
            ("dana@example.com", "password_common"),
        ],
    )
    def test_refuses_a_poor_password_and_may_be_tried_again(
        self, office: Office, password: str, code: str
    ) -> None:
        token = office.invite()
        with pytest.raises(Invalid) as error:
            office.accept(token, password)
        assert error.value.code == code
        assert office.who(office.accept(token)) == "dana@example.com"

    def test_is_refused_for_an_address_that_has_an_account(self, office: Office) -> None:
        office.invite()
        with pytest.raises(Conflict):
            office.invite("DANA@example.com")

    @pytest.mark.parametrize("email", ["", "dana", "@example.com", "a b@example.com"])
    def test_is_refused_for_what_is_no_address(self, office: Office, email: str) -> None:
        with pytest.raises(Invalid):
            office.invite(email)


class TestSignIn:
    def test_opens_a_session_that_sign_out_ends(self, office: Office) -> None:
        office.accept(office.invite())
        token = office.sign_in(" Dana@example.com ", PASSWORD)
        assert office.who(token) == "dana@example.com"
        office.do(lambda s: service.sign_out(s, token))
        assert office.who(token) is None

    @pytest.mark.parametrize(
        ("email", "password"),
        [("dana@example.com", "wrong words entirely"), ("nobody@example.com", PASSWORD)],
    )
    def test_says_the_same_for_a_wrong_password_and_an_unknown_person(
        self, office: Office, email: str, password: str
    ) -> None:
        office.accept(office.invite())
        with pytest.raises(Unauthorized) as error:
            office.sign_in(email, password)
        assert error.value.code == "wrong"

    def test_is_impossible_before_the_invitation_was_accepted(self, office: Office) -> None:
        office.invite()
        with pytest.raises(Unauthorized):
            office.sign_in("dana@example.com", "")


class WatchingHasher:
    """The real hasher, which first looks whether anybody may write meanwhile."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.real = PasswordHasher()
        self.is_free: list[bool] = []

    def hash(self, password: str) -> str:
        self._look()
        return self.real.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        self._look()
        return self.real.verify(password_hash, password)

    def _look(self) -> None:
        connection = sqlite3.connect(self.file, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self.is_free.append(False)
        else:
            self.is_free.append(True)
        finally:
            connection.close()


class TestPassword:
    def test_is_hashed_and_checked_while_others_may_write(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "frontdesk.db"
        office = Office(f"sqlite:///{file}")
        hasher = WatchingHasher(file)
        monkeypatch.setattr(secrets, "_hasher", hasher)
        office.accept(office.invite())
        office.sign_in("dana@example.com", PASSWORD)
        with pytest.raises(Unauthorized):
            office.sign_in("dana@example.com", "wrong words entirely")
        assert hasher.is_free == [True] * 3

    def test_that_is_changed_while_it_is_checked_opens_nothing(self, office: Office) -> None:
        office.accept(office.invite())
        old = office.do(lambda s: service.password_hash_of(s, "dana@example.com"))
        office.accept(office.link(), "a different sentence")
        with pytest.raises(Unauthorized):
            office.do(lambda s: service.start_session(s, "dana@example.com", old, NOW))


class TestNewLink:
    def test_resets_the_password_and_ends_the_sessions(self, office: Office) -> None:
        session = office.accept(office.invite())
        link = office.link(" Dana@Example.com")
        assert office.who(session) == "dana@example.com"
        office.accept(link, "a different sentence")
        assert office.who(session) is None
        with pytest.raises(Unauthorized):
            office.sign_in("dana@example.com", PASSWORD)
        assert office.who(office.sign_in("dana@example.com", "a different sentence"))

    def test_voids_the_links_before(self, office: Office) -> None:
        first = office.invite()
        office.link()
        with pytest.raises(NotFound):
            office.accept(first)

    def test_is_refused_for_an_unknown_address(self, office: Office) -> None:
        with pytest.raises(NotFound):
            office.link("nobody@example.com")


class TestDisabling:
    def test_ends_sessions_tokens_links_and_the_password(self, office: Office) -> None:
        session, token = office.accept(office.invite()), office.token()
        link = office.link()
        office.disable()
        assert office.who(session) is None
        assert office.holder(token) is None
        with pytest.raises(NotFound):
            office.accept(link)
        with pytest.raises(Unauthorized):
            office.sign_in("dana@example.com", PASSWORD)
        with pytest.raises(Conflict):
            office.token()

    def test_is_taken_back_by_a_new_link_only_for_a_new_password(self, office: Office) -> None:
        office.accept(office.invite())
        token = office.token()
        office.disable()
        link = office.link()
        with pytest.raises(Unauthorized):
            office.sign_in("dana@example.com", PASSWORD)
        assert office.who(office.accept(link)) == "dana@example.com"
        assert office.holder(token) is None

    def test_is_refused_for_an_unknown_address(self, office: Office) -> None:
        with pytest.raises(NotFound):
            office.disable("nobody@example.com")


class TestEverybody:
    def test_is_told_with_whether_they_can_sign_in(self, office: Office) -> None:
        for email in ("gone@example.com", "new@example.com"):
            office.invite(email)
        office.disable("gone@example.com")
        office.accept(office.invite())
        assert office.states() == {
            "dana@example.com": "active",
            "gone@example.com": "disabled",
            "new@example.com": "invited",
        }


class TestSession:
    def test_ends_after_two_idle_hours(self, office: Office) -> None:
        token = office.accept(office.invite())
        assert office.who(token, NOW + timedelta(hours=1, minutes=59)) is not None
        assert office.who(token, NOW + timedelta(hours=2, minutes=1)) is None

    def test_goes_on_while_it_is_used_but_not_for_ever(self, office: Office) -> None:
        token = office.accept(office.invite())
        for hour in range(1, 12):
            office.use(token, NOW + timedelta(hours=hour))
        assert office.who(token, NOW + timedelta(hours=12, minutes=1)) is None


class TestSecrets:
    def test_are_nowhere_in_the_database(self, office: Office) -> None:
        link = office.invite()
        session = office.accept(link)
        token = office.do(lambda s: service.add_token(s, "dana@example.com", NOW))

        async def everything(database: AsyncSession) -> str:
            tables = (Staff, Invitation, StaffSession, PersonalToken)
            rows = [row for table in tables for row in await database.scalars(select(table))]
            return str([vars(row) for row in rows])

        stored = office.do(everything)
        assert "$argon2id$" in stored
        for secret in (link, session, token, PASSWORD):
            assert secret not in stored
