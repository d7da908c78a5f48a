"""The sender against the simulated mail service."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from notifications.acs import AcsEmailSender
from simulators.common.faults import FaultRule
from simulators.mailbox.simulator import MailboxSimulator
from sync.errors import Throttled, Unavailable
from sync.outside.azure_storage import open_transport
from sync.ports import Mail

MAIL = Mail(to="ann@example.org", subject="Subject", text="Text", html="<p>Html</p>")
OPERATION = "6f2f5a3f-7c11-5d0b-9d0f-0b6de0f78f53"


@pytest.fixture
async def mailbox() -> AsyncIterator[MailboxSimulator]:
    simulator = MailboxSimulator()
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def sender(mailbox: MailboxSimulator) -> AsyncIterator[AcsEmailSender]:
    opened = AcsEmailSender(
        open_transport=open_transport,
        connection_string=mailbox.connection_string,
        sender="from@example.org",
    )
    yield opened
    await opened.close()


async def test_a_mail_arrives_as_html_and_plain_text(
    mailbox: MailboxSimulator, sender: AcsEmailSender
) -> None:
    await sender.send(MAIL, operation_id=OPERATION)

    (mail,) = mailbox.post_office.mails()
    assert (mail.sender, mail.to) == ("from@example.org", ("ann@example.org",))
    assert (mail.subject, mail.text, mail.html) == ("Subject", "Text", "<p>Html</p>")
    assert mailbox.log.counts == {"send": 1}


async def test_r9_8_what_ends_by_one_click_says_so_in_its_headers(
    mailbox: MailboxSimulator, sender: AcsEmailSender
) -> None:
    url = "https://connect-up.example/unsubscribe?token=t0ken"

    await sender.send(replace(MAIL, unsubscribe_url=url), operation_id=OPERATION)

    (mail,) = mailbox.post_office.mails()
    assert mail.headers == {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


async def test_r9_5_a_repeat_under_the_same_operation_is_one_mail(
    mailbox: MailboxSimulator, sender: AcsEmailSender
) -> None:
    mailbox.faults.add(FaultRule(kind="timeout_after_effect", times=1))

    with pytest.raises(Unavailable):
        await sender.send(MAIL, operation_id=OPERATION)
    await sender.send(MAIL, operation_id=OPERATION)

    assert len(mailbox.post_office.mails()) == 1


async def test_a_throttled_mail_says_when_to_come_again(
    mailbox: MailboxSimulator, sender: AcsEmailSender
) -> None:
    mailbox.faults.add(FaultRule(kind="status", status=429, retry_after=60, times=1))

    with pytest.raises(Throttled) as caught:
        await sender.send(MAIL, operation_id=OPERATION)
    await sender.send(MAIL, operation_id=OPERATION)

    assert caught.value.retry_after == 60
    assert len(mailbox.post_office.mails()) == 1
