"""The same from state to state: whatever was done before, the next answer is as described.

People press, log in and out, follow the links of their mails; syncs run, time passes, and ports
fail as they say that they may. Nothing of that is a 500, and 503 is said only while a port fails.
``HYPOTHESIS_PROFILE=ci`` plays many more histories, at random.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from standardwebhooks import Webhook

from sync.app import use_app
from sync.errors import SyncError
from sync.people.contact import Notice
from sync.ports.raising import declared
from tests.properties import settings, st
from tests.stories.sync.declared import PORTS, made

with warnings.catch_warnings():
    # Microsoft's SDK calls its own classes deprecated when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from tests.contracts.described import (
        BOUNDED,
        CONFORMS,
        OPERATIONS,
        WHO,
        Made,
        ask,
        known,
        make_true,
        people,
    )
    from tests.contracts.surface import Surface
    from tests.site.site import ACCOUNT, WEBHOOK_SECRET, Site

#: What ports are called on a Site, where that is another name.
ON_SITE = {"sign_in": "microsoft"}
FAULTS = [
    (ON_SITE.get(port, port), method, error)
    for port, kind in PORTS.items()
    # Mail is sent by jobs, which no request waits for.
    if port not in {"email", "sent"}
    for method in dir(kind)
    if not method.startswith("_")
    for error in sorted(declared(kind, method), key=lambda one: one.__name__)
]
#: Seconds: until a second look, until the next invitation, past an idle session; past any session.
PAUSES = (20, 90, 3_700)
NIGHT = 13 * 3_600
NOTICES = (
    "items.changed",
    "staff.changed",
    "staff.removed",
    "location.changed",
    "location.removed",
    "account.changed",
)


def _raising(method: str, error: type[SyncError]) -> Callable[..., None]:
    # Outlook's hook is told for whom as well.
    def before(called: str, *_for: object) -> None:
        if called == method:
            raise made(error)

    return before


def _operations(path: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        sorted(name for name, one in OPERATIONS.items() if one.path.startswith(path))
    )


class Histories(RuleBasedStateMachine):
    """One Account in memory; each rule is what somebody does, or what happens."""

    def __init__(self) -> None:
        super().__init__()
        self.surface = Surface()
        self.site = Site()
        self.people = self.surface.run(people(self.site))
        self.failing = ""

    def teardown(self) -> None:
        self.surface.close()
        use_app(None)

    @rule(name=_operations("/api/accounts/"), data=st.data())
    def a_server_asks(self, name: str, data: st.DataObject) -> None:
        self.asked(name, "nobody", data)

    @rule(name=_operations("/api/me"), who=st.sampled_from(WHO), data=st.data())
    def a_script_asks(self, name: str, who: str, data: st.DataObject) -> None:
        self.asked(name, who, data)

    @rule(name=_operations("/"), who=st.sampled_from(WHO), data=st.data())
    def a_browser_asks(self, name: str, who: str, data: st.DataObject) -> None:
        self.asked(name, who, data)

    def asked(self, name: str, who: str, data: st.DataObject) -> None:
        case: Made = data.draw(OPERATIONS[name].as_strategy())
        make_true(case, self.people[who], self.site)
        is_head = case.method == "GET" and data.draw(st.booleans())
        self.answered(case, who, method="HEAD" if is_head else "")

    @rule(who=st.sampled_from(WHO), token=st.sampled_from(("confirm", "unsubscribe", "invitation")))
    def a_link_of_a_mail_is_followed(self, who: str, token: str) -> None:
        person = self.people[who].key
        stored = None if person is None else self.site.connections.rows.get(person)
        if person is None or stored is None:
            return
        pending, invitation = stored.value.contact.pending, stored.value.invitation
        if token == "confirm" and pending is not None:
            link = self.site.app.mail_choices.confirmation_link(pending, person)
            self.follow(who, link, "confirmContactPage", "confirmContact")
        if token == "unsubscribe":
            link = self.site.app.mail_choices.unsubscribe_link(person, Notice.UPDATE_FAILED)
            self.follow(who, link, "unsubscribePage", "unsubscribe")
        if token == "invitation" and invitation is not None:
            self.follow(who, self.site.app.invitations.link(invitation, person), "connectPage")

    def follow(self, who: str, link: str, *names: str) -> None:
        name, _, value = urlsplit(link).query.partition("=")
        for each in names:
            case = OPERATIONS[each].Case(query={name: value})
            self.answered(case, who)

    @precondition(lambda self: not self.failing)
    @rule(coming=st.sets(st.sampled_from(WHO)))
    def a_night_passes_and_some_come_back(self, coming: set[str]) -> None:
        self.site.clock.advance(NIGHT)
        for who in sorted(coming):
            client, person = self.people[who].client, self.people[who].key
            if person is not None:
                self.surface.run(self.site.go_through(client, person))
                self.people[who] = replace(self.surface.run(known(client)), key=person)

    @rule(kind=st.sampled_from(NOTICES))
    def the_booking_product_tells(self, kind: str) -> None:
        body = json.dumps({"type": kind, "data": {"account_id": ACCOUNT, "staff_id": "ben"}})
        now = datetime.now(UTC)
        headers = {
            "webhook-id": "msg-1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(WEBHOOK_SECRET).sign("msg-1", now, body),
        }
        given = self.surface.ask("POST", "/api/webhooks/booking", headers.items(), body.encode())
        assert given.status in ({202, 503} if self.failing else {202})

    @precondition(lambda self: not self.failing)
    @rule()
    def the_queues_are_worked_off(self) -> None:
        async def work() -> None:
            jobs, app = self.site.jobs, self.site.app
            while (account := jobs.take_account()) is not None:
                await app.administration.reconcile(account)
            while (sync := jobs.take_sync()) is not None:
                await app.runner.run(sync)

        self.surface.run(work())

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds: int) -> None:
        self.site.clock.advance(seconds)

    @precondition(lambda self: not self.failing)
    @rule(fault=st.sampled_from(FAULTS))
    def a_port_begins_to_fail(self, fault: tuple[str, str, type[SyncError]]) -> None:
        port, method, error = fault
        self.failing = port
        getattr(self.site, port).before = _raising(method, error)

    @precondition(lambda self: bool(self.failing))
    @rule()
    def it_works_again(self) -> None:
        getattr(self.site, self.failing).before = None
        self.failing = ""

    def answered(self, case: Made, who: str, *, method: str = "") -> None:
        """Asks, holds the answer to the description, and keeps what a browser would."""
        response = ask(self.surface, case, self.people[who], method=method)
        assert response.status_code < 500 or (self.failing and response.status_code == 503)
        if not method:
            case.validate_response(response, checks=[*CONFORMS])
        self.people[who].client.take(response.headers.get("set-cookie", ()))


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    BOUNDED, max_examples=settings().max_examples // 4, stateful_step_count=20
)
