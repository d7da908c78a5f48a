"""Reads the booking product's webhooks: headers and body in, a notice out; no I/O.

Source: Standard Webhooks specification; contract: booking-api.openapi.yaml, webhook ``changed``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

from sync.errors import ContractBroken, UntrustedRequest
from sync.outside.booking.wire import WebhookDataWire
from sync.words import AccountId, LocationId, StaffId

#: Bytes. A notice names three ids at most.
BODY_LIMIT = 16_384


class NoticeType(StrEnum):
    """What a webhook is about."""

    ITEMS_CHANGED = "items.changed"
    STAFF_CHANGED = "staff.changed"
    STAFF_REMOVED = "staff.removed"
    LOCATION_CHANGED = "location.changed"
    LOCATION_REMOVED = "location.removed"
    ACCOUNT_CHANGED = "account.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingNotice:
    """Who should be looked at, never what changed (R11.1); ids are ``None`` where not named.

    ``version`` is that of the one item that changed, where one did: it tells our own echo.
    """

    type: NoticeType
    account_id: AccountId
    staff_id: StaffId | None = None
    location_id: LocationId | None = None
    version: str = ""


class _Body(msgspec.Struct, frozen=True):
    type: NoticeType
    data: WebhookDataWire


class BookingWebhooks:
    """Tells the booking product's webhooks from everybody else's.

    Args:
        secret: ``whsec_`` and base64, shared with the booking product.

    Raises:
        ValueError: The secret is no base64.
    """

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)

    def read(self, headers: Mapping[str, str], body: bytes) -> BookingNotice:
        """Proves a webhook and reads it.

        Args:
            headers: Of the request; case does not matter.
            body: As it came, byte for byte.

        Raises:
            UntrustedRequest: The signature does not hold, is missing, or is more than five
                minutes off.
            ContractBroken: It is the booking product's, but not a notice; or it is too long.
        """
        if len(body) > BODY_LIMIT:
            raise ContractBroken("booking webhook: the body is too long")
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        # A signature that is no base64 or has no version, and a body that is no UTF-8, end as
        # ValueErrors in the library.
        except (WebhookVerificationError, ValueError) as error:
            raise UntrustedRequest("booking webhook: the signature does not hold") from error
        try:
            notice = msgspec.json.decode(body, type=_Body)
        except msgspec.DecodeError as error:
            raise ContractBroken("booking webhook: the body is no notice") from error
        who = notice.data
        return BookingNotice(
            type=notice.type,
            account_id=AccountId(who.account_id),
            staff_id=StaffId(who.staff_id) if who.staff_id else None,
            location_id=LocationId(who.location_id) if who.location_id else None,
            version=(who.version or "") if who.item_id else "",
        )
