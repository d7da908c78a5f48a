"""Subscriptions: made, renewed, ended, and which changes they tell of.

Source: Graph, resource subscription, subscription-post-subscriptions, change-notifications
delivery by webhooks, lifecycle events.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from simulators.microsoft365.errors import GraphError, bad_request
from simulators.microsoft365.faults import Faults
from simulators.microsoft365.messages import Request, Response
from simulators.microsoft365.model import Calendar, Change, User
from simulators.microsoft365.posting import Poster
from simulators.microsoft365.render import etag, utc
from simulators.microsoft365.state import State

LONGEST_MINUTES = 10_080
SHORTEST_MINUTES = 45
_TENANT = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
_CHANGE_TYPES = ("created", "updated", "deleted")
# One change is told more than once (5.6): what follows the first telling of each kind.
_TELLINGS = {
    "created": ("created", "updated"),
    "updated": ("updated", "updated"),
    "deleted": ("deleted",),
}


@dataclass(slots=True, kw_only=True)
class Subscription:
    """One subscription.

    Args:
        calendar_id: The calendar's id in the resource; None for the mailbox form.
        immutable_ids: Whether it was made with the immutable kind of ids.
        held: Whether its notifications wait for a reauthorization.
        waiting: Notifications held back.
    """

    subscription_id: str
    user_id: str
    resource: str
    calendar_id: str | None
    change_types: tuple[str, ...]
    change_type: str
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime
    tls: str
    immutable_ids: bool
    held: bool = False
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self, *, listed: bool = False) -> dict[str, Any]:
        """Give the subscription; in a list its client state is null."""
        return {
            "id": self.subscription_id,
            "resource": self.resource,
            "applicationId": "24d3b144-21ae-4080-943f-7067b395b913",
            "changeType": self.change_type,
            "clientState": None if listed else self.client_state,
            "notificationUrl": self.notification_url,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": utc(self.expires).replace(".0000000Z", "Z"),
            "creatorId": self.user_id,
            "includeResourceData": None,
            "latestSupportedTlsVersion": self.tls,
            "encryptionCertificate": None,
            "encryptionCertificateId": None,
            "notificationQueryOptions": None,
            "notificationUrlAppId": None,
        }


class SubscriptionHandlers:
    """The subscription service.

    Args:
        state: The mailboxes, to whose changes it listens.
        faults: The switches.
        poster: Sends what is to be posted.
    """

    def __init__(self, state: State, faults: Faults, poster: Poster) -> None:
        self._state = state
        self._faults = faults
        self._poster = poster
        self.all: dict[str, Subscription] = {}
        state.listeners.append(self.tell)

    def alive(self) -> list[Subscription]:
        """List those that have not ended, after dropping those that have."""
        now = self._state.clock.now()
        for one in [one for one in self.all.values() if one.expires <= now]:
            del self.all[one.subscription_id]
        return list(self.all.values())

    async def create(self, request: Request) -> Response:
        """POST /subscriptions: checked, both URLs asked, then 201.

        Raises:
            GraphError: 400 for a bad value or a failed handshake, 403 for another mailbox or too
                many, 404 for an unknown calendar, 409 for a duplicate.
        """
        body = request.json()
        made = self._read(request, body)
        self._check_limits(request, made)
        for url in (made.notification_url, made.lifecycle_url):
            if url is not None:
                await self._poster.validate(url)
        self._check_limits(request, made)
        self.all[made.subscription_id] = made
        return Response(status=201, payload=self._context(request, entity=True) | made.to_json())

    def list_own(self, request: Request) -> Response:
        """GET /subscriptions: the person's own."""
        own = [one for one in self.alive() if one.user_id == request.person.user_id]
        value = [one.to_json(listed=True) for one in own]
        return Response(payload=self._context(request, entity=False) | {"value": value})

    def show(self, request: Request, subscription_id: str) -> Response:
        """GET /subscriptions/{id}."""
        found = self._find(request, subscription_id)
        return Response(payload=self._context(request, entity=True) | found.to_json())

    def renew(self, request: Request, subscription_id: str) -> Response:
        """PATCH /subscriptions/{id} with another end; it reauthorizes as well.

        Raises:
            GraphError: 404 when it has ended, 400 for an end too far ahead.
        """
        found = self._find(request, subscription_id)
        body = request.json()
        text = body.get("expirationDateTime")
        if text is None:
            raise bad_request("Only expirationDateTime can be changed.", code="InvalidRequest")
        found.expires = self._read_expiry(request, text)
        self._release(found)
        return self.show(request, subscription_id)

    def reauthorize(self, request: Request, subscription_id: str) -> Response:
        """POST /subscriptions/{id}/reauthorize: held notifications go out."""
        self._release(self._find(request, subscription_id))
        return Response(status=204)

    def delete(self, request: Request, subscription_id: str) -> Response:
        """DELETE /subscriptions/{id}."""
        del self.all[self._find(request, subscription_id).subscription_id]
        return Response(status=204)

    def tell(self, change: Change) -> None:
        """Put a change of the store in the post to every subscription that it concerns."""
        for one in self.alive():
            if one.user_id != change.owner or not self._concerns(one, change.calendar):
                continue
            for told in _TELLINGS[change.change_type]:
                if told in one.change_types:
                    self._send(one, self._notification(one, change, told))

    def send_lifecycle(self, one: Subscription, event: str, *, hold: bool = False) -> None:
        """Post a lifecycle notification.

        Args:
            one: The subscription.
            event: `missed`, `subscriptionRemoved` (it ends) or `reauthorizationRequired`.
            hold: Whether its notifications wait from now on for the reauthorization.
        """
        if event == "subscriptionRemoved":
            self.all.pop(one.subscription_id, None)
        one.held = one.held or hold
        if one.lifecycle_url is not None:
            self._poster.post(
                one.lifecycle_url,
                {
                    "subscriptionId": one.subscription_id,
                    "subscriptionExpirationDateTime": utc(one.expires),
                    "tenantId": _TENANT,
                    "clientState": one.client_state,
                    "lifecycleEvent": event,
                },
            )

    def _send(self, one: Subscription, notification: dict[str, Any]) -> None:
        user = self._state.users[one.user_id]
        users = (user.user_id, user.address)
        if self._faults.strike("notifications_lost", users=users) is not None:
            return
        if one.held:
            one.waiting.append(notification)
            return
        delayed = self._faults.strike("notifications_delayed", users=users)
        reordered = self._faults.strike("notifications_reordered", users=users)
        delay = float((delayed or {}).get("ms", 1000 if delayed is not None else 0)) / 1000
        if reordered is not None:
            delay += float(reordered.get("ms", 200)) / 1000 * self._faults.random.random()
        twice = self._faults.strike("notifications_duplicated", users=users) is not None
        for _ in range(2 if twice else 1):
            self._poster.post(one.notification_url, notification, delay=delay)

    def _release(self, one: Subscription) -> None:
        one.held = False
        for notification in one.waiting:
            self._poster.post(one.notification_url, notification)
        one.waiting.clear()

    def _concerns(self, one: Subscription, calendar_key: int) -> bool:
        calendar = self._state.calendars.get(calendar_key)
        if calendar is None:
            return False
        if one.calendar_id is None:
            every = self._faults.strike("me_events_all_calendars") is not None
            return calendar.is_default or every
        return one.calendar_id in (calendar.calendar_id, calendar.immutable_id)

    def _notification(self, one: Subscription, change: Change, told: str) -> dict[str, Any]:
        item_id = change.immutable_id if one.immutable_ids else change.rest_id
        resource = f"Users/{one.user_id}/Events/{item_id}"
        return {
            "subscriptionId": one.subscription_id,
            "subscriptionExpirationDateTime": utc(one.expires).replace("Z", "+00:00"),
            "changeType": told,
            "resource": resource,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Event",
                "@odata.id": resource,
                "@odata.etag": etag(change.change_key),
                "id": item_id,
            },
            "clientState": one.client_state,
            "tenantId": _TENANT,
        }

    def _context(self, request: Request, *, entity: bool) -> dict[str, Any]:
        tail = "subscriptions/$entity" if entity else "subscriptions"
        return {"@odata.context": f"{request.base_url}/$metadata#{tail}"}

    def _find(self, request: Request, subscription_id: str) -> Subscription:
        for one in self.alive():
            if one.subscription_id == subscription_id and one.user_id == request.person.user_id:
                return one
        raise GraphError(404, "ResourceNotFound", "The object was not found.")

    def _read(self, request: Request, body: dict[str, Any]) -> Subscription:
        for member in ("changeType", "notificationUrl", "resource", "expirationDateTime"):
            if not body.get(member):
                raise bad_request(f"The property '{member}' is required.", code="InvalidRequest")
        kinds = tuple(part.strip().lower() for part in body["changeType"].split(","))
        if any(kind not in _CHANGE_TYPES for kind in kinds):
            raise bad_request(f"Invalid changeType '{body['changeType']}'.", code="InvalidRequest")
        client_state = body.get("clientState")
        if client_state is not None and len(client_state) > 128:
            raise bad_request("clientState has at most 128 characters.", code="InvalidRequest")
        urls = (body["notificationUrl"], body.get("lifecycleNotificationUrl"))
        for url in urls:
            if url is not None and not _may_be_posted_to(url):
                raise bad_request("The URL must use HTTPS.", code="InvalidRequest")
        if urls[1] is not None and urlsplit(urls[0]).hostname != urlsplit(urls[1]).hostname:
            raise bad_request(
                "lifecycleNotificationUrl must have the host of notificationUrl.",
                code="InvalidRequest",
            )
        calendar = self._resource(request, body["resource"])
        return Subscription(
            subscription_id=self._state.mint.plain_id(),
            user_id=request.person.user_id,
            resource=body["resource"],
            calendar_id=None if calendar is None else calendar.calendar_id,
            change_types=kinds,
            change_type=body["changeType"],
            notification_url=urls[0],
            lifecycle_url=urls[1],
            client_state=client_state,
            expires=self._read_expiry(request, body["expirationDateTime"]),
            tls=body.get("latestSupportedTlsVersion") or "v1_2",
            immutable_ids=request.preferences.immutable_ids,
        )

    def _resource(self, request: Request, resource: str) -> Calendar | None:
        """Find the calendar that a resource names; None for the mailbox form (5.1)."""
        parts = [unquote(part) for part in resource.strip("/").split("/")]
        if resource.startswith(("http:", "https:")):
            raise bad_request("resource must not hold a base URL.", code="InvalidRequest")
        if parts[0].lower() == "me":
            rest = parts[1:]
        elif parts[0].lower() == "users" and len(parts) > 1:
            if not is_person(parts[1], request.person):
                raise _extension("Forbidden", "Access is denied. Check credentials and try again.")
            rest = parts[2:]
        else:
            raise _unsupported(resource)
        if [part.lower() for part in rest] == ["events"]:
            return None
        if len(rest) < 3 or rest[0].lower() != "calendars" or rest[-1].lower() != "events":
            raise _unsupported(resource)
        if self._faults.strike("subscription_me_events_only", users=request.users) is not None:
            raise _unsupported(resource)
        # The calendar's id may stand unescaped in it, slashes and all.
        calendar = self._state.find_calendar(request.person, "/".join(rest[1:-1]))
        if calendar is None:
            raise _extension("NotFound", "The specified object was not found in the store.")
        if calendar.owner != request.person.user_id:
            raise _extension("Forbidden", "Access is denied. Check credentials and try again.")
        return calendar

    def _read_expiry(self, request: Request, text: str) -> datetime:
        try:
            wished = datetime.fromisoformat(text)
        except ValueError as error:
            raise bad_request("expirationDateTime is no time.", code="InvalidRequest") from error
        wished = wished.replace(tzinfo=wished.tzinfo or UTC).astimezone(UTC)
        now = self._state.clock.now()
        struck = self._faults.strike("subscription_max_minutes", users=request.users)
        most = int((struck or {}).get("minutes", 4230 if struck is not None else LONGEST_MINUTES))
        # A minute of grace for clocks that differ and for the way.
        if wished > now + timedelta(minutes=most + 1):
            raise bad_request(
                f"Subscription expiration can only be {most} minutes in the future.",
                code="ExtensionError",
            )
        if wished <= now:
            raise bad_request("expirationDateTime lies in the past.", code="InvalidRequest")
        return max(wished, now + timedelta(minutes=SHORTEST_MINUTES))

    def _check_limits(self, request: Request, made: Subscription) -> None:
        own = [one for one in self.alive() if one.user_id == made.user_id]
        struck = self._faults.strike("subscription_limit", users=request.users)
        most = 1000 if struck is None else int(struck.get("limit", 0))
        if len(own) >= most:
            raise GraphError(
                403,
                "ExtensionError",
                "Operation: Create; Exception: [Status Code: Forbidden; Reason: The "
                "maximum number of active subscriptions for this mailbox is reached.]",
            )
        for one in own:
            same = one.calendar_id == made.calendar_id
            if same and set(one.change_types) == set(made.change_types):
                raise GraphError(
                    409,
                    "Conflict",
                    "A subscription already exists for the requested combination of "
                    "application, user and resource.",
                )


def is_person(id_or_address: str, user: User) -> bool:
    """Tell whether a path's user is this one, by id or, without case, by address."""
    return id_or_address.lower() in (user.user_id.lower(), user.address.lower())


def _may_be_posted_to(url: str) -> bool:
    parts = urlsplit(url)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def _unsupported(resource: str) -> GraphError:
    return bad_request(f"Resource '{resource}' is not supported.", code="InvalidRequest")


def _extension(status: str, reason: str) -> GraphError:
    return GraphError(
        {"Forbidden": 403, "NotFound": 404}[status],
        "ExtensionError",
        f"Operation: Create; Exception: [Status Code: {status}; Reason: {reason}]",
    )
