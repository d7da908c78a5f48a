"""What Graph posts to us, read without I/O (sans-I/O): change and lifecycle notifications.

A basic notification proves itself by its client state only, which the caller compares in constant
time. Source: Graph, change-notifications-delivery-webhooks and -lifecycle-events.
"""

import json
from dataclasses import dataclass
from typing import TypeGuard

from sync.engine.items import deletion_of
from sync.errors import ContractBroken, UntrustedRequest

#: Bytes of a post that are read at most; Graph's collections are far smaller.
MAX_BODY = 1_048_576
_DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNotice:
    """One element of a post: look at this subscription's person.

    ``lifecycle`` is ``reauthorizationRequired``, ``subscriptionRemoved``, ``missed`` or a value
    not known yet; ``None`` for a plain change. ``client_state`` is empty where none was sent.
    ``version`` is the event's etag after the change, or ``deletion_of`` it: a deletion bears the
    etag of the last write before it, which may be our own. It is empty where Graph doesn't say.
    """

    subscription_id: str
    client_state: str
    lifecycle: str | None = None
    version: str = ""


def read_notifications(body: bytes) -> tuple[ChangeNotice, ...]:
    """Reads a post; both kinds may be mixed, for different people.

    An element that names no subscription is left out: it can't be anybody's. Ids and states of
    ours are ASCII: others are none (case 82: halves of characters can be written nowhere).

    Raises:
        UntrustedRequest: The body is larger than anything that Graph sends; it is not read.
        ContractBroken: The body is no collection.
    """
    if len(body) > MAX_BODY:
        raise UntrustedRequest("a notification post is too large")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ContractBroken("a notification post is no JSON") from error
    elements = document.get("value") if isinstance(document, dict) else None
    if not isinstance(elements, list):
        raise ContractBroken("a notification post is no collection")
    notices = []
    for element in elements:
        if not isinstance(element, dict):
            continue
        subscription_id = element.get("subscriptionId")
        if not _is_ascii(subscription_id) or not subscription_id:
            continue
        state, lifecycle = element.get("clientState"), element.get("lifecycleEvent")
        notices.append(
            ChangeNotice(
                subscription_id=subscription_id,
                client_state=state if _is_ascii(state) else "",
                lifecycle=lifecycle if isinstance(lifecycle, str) and lifecycle else None,
                version=_version_of(element),
            )
        )
    return tuple(notices)


def _version_of(element: dict[str, object]) -> str:
    resource = element.get("resourceData")
    if not isinstance(resource, dict):
        return ""
    is_deleted = element.get("changeType") == _DELETED
    said = resource.get("id" if is_deleted else "@odata.etag")
    if not _is_ascii(said) or not said:
        return ""
    return deletion_of(said) if is_deleted else said


def _is_ascii(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii()
