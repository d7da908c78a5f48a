"""Signed webhooks (Standard Webhooks) that tell the connector whom to look at."""

import asyncio
import json
import secrets
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
from standardwebhooks import Webhook

from simulators.booking.contract import Contract
from simulators.booking.model import Notice
from simulators.common.clock import SimulatedClock
from simulators.common.faults import FaultBoard
from simulators.common.outbox import Outbox

FAULT_KINDS = ("lost", "doubled", "late", "reordered", "old_timestamp", "wrong_signature")
RETRY_DELAYS = (0.5, 2.0, 10.0)
"""Seconds before each further try of a webhook that was not taken with 2xx."""
TRY_TIME = aiohttp.ClientTimeout(total=10.0)
REORDER_SECONDS = 1.0
"""How long a webhook waits for a later one to overtake it."""
OLD = timedelta(minutes=10)
SENT_LENGTH = 1000


@dataclass(slots=True, kw_only=True)
class SentWebhook:
    """What became of one webhook.

    Attributes:
        webhook_id: the same on every try and on a double.
        body: as sent.
        faults: those that struck.
        statuses: the answer to each try, in order; 0 where none came.
    """

    webhook_id: str
    body: dict[str, Any]
    faults: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


class WebhookSender(Outbox):
    """Posts a webhook for every change.

    Args:
        contract: what bodies are checked against.
        clock: for the body's timestamp. The signed header is wall time, as receivers check it.
        secret: `whsec_...`.

    Attributes:
        url: where webhooks go; None sends none.
        faults: what goes wrong on demand; the operation is the webhook's type, the subject the
            Staff Member.
        retry_delays: seconds before each further try.
        wall: the time that is signed.
        sent: the newest webhooks, oldest first.
    """

    def __init__(self, contract: Contract, clock: SimulatedClock, secret: str) -> None:
        super().__init__()
        self._contract = contract
        self._clock = clock
        self._signer = Webhook(secret)
        self._overtaken = asyncio.Event()
        self.url: str | None = None
        self.faults = FaultBoard(FAULT_KINDS)
        self.retry_delays: tuple[float, ...] = RETRY_DELAYS
        self.wall = SimulatedClock()
        self.sent: deque[SentWebhook] = deque(maxlen=SENT_LENGTH)

    def set_secret(self, secret: str) -> None:
        """Sign with another secret from now on."""
        self._signer = Webhook(secret)

    def tell(self, notice: Notice) -> None:
        """Send a webhook about a change; before the start, or without a url, there is none."""
        if self._session is None or self.url is None:
            return
        whose = {
            "account_id": notice.account_id,
            "staff_id": notice.staff_id,
            "location_id": notice.location_id,
            "item_id": notice.item_id,
            "version": notice.version,
        }
        body = {
            "type": notice.type.value,
            "timestamp": self._clock.now().isoformat(),
            "data": {name: value for name, value in whose.items() if value is not None},
        }
        self._contract.check_webhook(body)
        webhook = SentWebhook(webhook_id=f"msg_{secrets.token_hex(12)}", body=body)
        self.sent.append(webhook)
        struck = {
            kind: rule
            for kind in FAULT_KINDS
            if (rule := self.faults.strike(kind, notice.type.value, notice.staff_id))
        }
        webhook.faults.extend(struck)
        if "lost" in struck:
            return
        late = struck["late"].seconds if "late" in struck else 0.0
        for _ in range(2 if "doubled" in struck else 1):
            self._spawn(self._deliver(self._session, self.url, webhook, late))

    async def _deliver(
        self, session: aiohttp.ClientSession, url: str, webhook: SentWebhook, late: float
    ) -> None:
        if late:
            await asyncio.sleep(late)
        if "reordered" in webhook.faults:
            overtaken = self._overtaken
            with suppress(TimeoutError):
                await asyncio.wait_for(overtaken.wait(), REORDER_SECONDS)
        for delay in (*self.retry_delays, None):
            status = await self._post(session, url, webhook)
            webhook.statuses.append(status)
            if 200 <= status < 300 or delay is None:
                break
            await asyncio.sleep(delay)
        if "reordered" not in webhook.faults:
            self._overtaken.set()
            self._overtaken = asyncio.Event()

    async def _post(self, session: aiohttp.ClientSession, url: str, webhook: SentWebhook) -> int:
        text = json.dumps(webhook.body)
        at = self.wall.now()
        if "old_timestamp" in webhook.faults:
            at -= OLD
        signature = self._signer.sign(webhook.webhook_id, at, text)
        if "wrong_signature" in webhook.faults:
            signature = self._signer.sign(webhook.webhook_id, at, text + " ")
        headers = {
            "Content-Type": "application/json",
            "webhook-id": webhook.webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }
        try:
            async with session.post(url, data=text, headers=headers, timeout=TRY_TIME) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
