"""Azure's own e-mail client sends to the simulated mailbox."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from azure.communication.email.aio import EmailClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError, HttpResponseError

from simulators.common.faults import FaultRule
from simulators.mailbox import MailboxSimulator

MESSAGE: dict[str, Any] = {
    "senderAddress": "no-reply@connect.example",
    "recipients": {"to": [{"address": "sam@practice.example", "displayName": "Sam"}]},
    "content": {
        "subject": "Invitation <1>",
        "plainText": "Hello Sam",
        "html": '<p>Hello <a href="http://127.0.0.1/connect">Sam</a></p>',
    },
}
OPERATION = str(uuid.UUID(int=7))


@pytest.fixture
async def mailbox() -> AsyncIterator[MailboxSimulator]:
    simulator = MailboxSimulator()
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def sender(mailbox: MailboxSimulator) -> AsyncIterator[EmailClient]:
    key = AzureKeyCredential("c2ltdWxhdGVk")
    async with EmailClient(mailbox.url, key, retry_total=0) as client:
        yield client


@pytest.fixture
async def browser(mailbox: MailboxSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=mailbox.url) as client:
        yield client


async def test_a_mail_is_taken_and_its_status_told(
    mailbox: MailboxSimulator, sender: EmailClient, browser: httpx.AsyncClient
) -> None:
    poller = await sender.begin_send(MESSAGE, operation_id=OPERATION, polling_interval=0)
    result = await poller.result()
    mails = (await browser.get("/_sim/mails")).json()["value"]

    assert (result["id"], result["status"]) == (OPERATION, "Succeeded")
    assert [mail["subject"] for mail in mails] == ["Invitation <1>"]
    assert mails[0]["to"] == ["sam@practice.example"]
    assert mails[0]["text"] == "Hello Sam"
    assert mailbox.log.counts["send"] == 1


async def test_r9_5_one_operation_is_one_mail(
    mailbox: MailboxSimulator, sender: EmailClient
) -> None:
    for _ in range(2):
        await sender.begin_send(MESSAGE, operation_id=OPERATION, polling=False)

    assert len(mailbox.post_office.mails()) == 1
    assert mailbox.log.counts["send"] == 2


@pytest.mark.parametrize("status", [429, 500])
async def test_sending_can_be_refused_for_a_while(
    mailbox: MailboxSimulator, sender: EmailClient, status: int
) -> None:
    mailbox.faults.add(FaultRule(kind="status", status=status, retry_after=0, times=1))
    with pytest.raises(HttpResponseError) as refused:
        await sender.begin_send(MESSAGE, polling=False)
    await sender.begin_send(MESSAGE, polling=False)

    assert refused.value.status_code == status
    assert len(mailbox.post_office.mails()) == 1


async def test_r11_5_the_answer_can_be_lost_after_the_mail_was_taken(
    mailbox: MailboxSimulator, sender: EmailClient
) -> None:
    mailbox.faults.add(FaultRule(kind="timeout_after_effect", times=1))
    with pytest.raises(AzureError):
        await sender.begin_send(MESSAGE, operation_id=OPERATION, polling=False)
    await sender.begin_send(MESSAGE, operation_id=OPERATION, polling=False)

    assert len(mailbox.post_office.mails()) == 1


async def test_an_unsigned_or_malformed_mail_is_refused(
    sender: EmailClient, browser: httpx.AsyncClient
) -> None:
    unsigned = await browser.post("/emails:send?api-version=2023-03-31", json=MESSAGE)
    with pytest.raises(HttpResponseError, match=r"content\.subject"):
        await sender.begin_send(MESSAGE | {"content": {"plainText": "x"}}, polling=False)

    assert unsigned.status_code == 401


async def test_people_read_the_mails_on_pages(
    sender: EmailClient, browser: httpx.AsyncClient
) -> None:
    empty = (await browser.get("/")).text
    await sender.begin_send(MESSAGE, operation_id=OPERATION, polling=False)
    listed = (await browser.get("/")).text
    shown = (await browser.get(f"/mails/{OPERATION}")).text

    assert "No mail yet." in empty
    assert "Invitation &lt;1&gt;" in listed
    assert 'srcdoc="&lt;base target=&#34;_blank&#34;&gt;&lt;p&gt;Hello' in shown
    assert "allow-scripts" not in shown
    assert "<pre>Hello Sam</pre>" in shown
    assert (await browser.get("/mails/none")).status_code == 404


async def test_the_control_endpoints_reset_and_switch(
    mailbox: MailboxSimulator, sender: EmailClient, browser: httpx.AsyncClient
) -> None:
    await sender.begin_send(MESSAGE, polling=False)
    faults = await browser.put("/_sim/faults", json={"rules": [{"kind": "latency"}]})
    requests = await browser.get("/_sim/requests")
    await browser.post("/_sim/reset")

    assert faults.json()["rules"][0]["kind"] == "latency"
    assert requests.json()["counts"] == {"send": 1}
    assert mailbox.post_office.mails() == ()
    assert mailbox.faults.as_json() == {"rules": []}
