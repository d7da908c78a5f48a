"""The one change-notification subscription of a calendar.

Source: Graph, subscription-post-subscriptions, subscription-update, subscription-delete.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.subscription import Subscription as SubscriptionModel

from sync.errors import ContractBroken, SyncError, Unavailable, Unreadable
from sync.outside.graph import errors, writing
from sync.outside.graph.paths import CalendarPaths
from sync.outside.graph.transport import Answer, Session
from sync.outside.graph.zones import utc_moment
from sync.people.people import Subscription
from sync.ports import Clock
from sync.words import CalendarId

#: What tenants with the older limit of 4,230 minutes still grant.
_SHORT = timedelta(minutes=4200)
_MAILBOX = "me/events"


class Subscribing:
    """Makes, renews and ends a person's subscriptions.

    Args:
        session: How requests go out.
        webhook: The address that takes change and lifecycle notifications.
        clock: For the shorter expiry.
    """

    def __init__(self, session: Session, webhook: str, clock: Clock) -> None:
        self._session = session
        self._webhook = webhook
        self._clock = clock

    async def subscribe(
        self, calendar_id: CalendarId, *, client_state: str, expires_at: datetime
    ) -> Subscription:
        """Makes the subscription; older ones of ours for this calendar are deleted first.

        Refused for its expiry, it is asked for 4,200 minutes; refused still, for the whole
        mailbox, which the sweep completes (graph-docs issues 6595 and 21978).

        Raises:
            Gone: Graph finds no such calendar.
            Unavailable: Graph grants none just now: the webhook may not have answered in time, or
                another one stands in the way and can't be deleted.
        """
        resource = f"me/calendars/{quote(calendar_id, safe='=+')}/events"
        await self._drop_older({resource, _MAILBOX})
        short = min(expires_at, self._clock.now() + _SHORT)
        wishes = [(resource, expires_at)]
        wishes += [(resource, short)] if short != expires_at else []
        wishes += [(_MAILBOX, short)]
        for wished, until in wishes:
            answer = await self._post(wished, client_state, until)
            if answer.status == HTTPStatus.CONFLICT:
                await self._drop_older({resource, _MAILBOX})
                answer = await self._post(wished, client_state, until)
            if answer.status == HTTPStatus.CONFLICT:
                raise Unavailable("another subscription stands in the way")
            if answer.is_success:
                return _granted(answer, client_state, calendar_id)
            if answer.status != HTTPStatus.BAD_REQUEST:
                break
        raise _refused(answer)

    async def renew(self, subscription: Subscription, expires_at: datetime) -> Subscription:
        """Prolongs a subscription, which reauthorizes it as well.

        Raises:
            Gone: It has ended.
            Unavailable: Graph does not prolong it just now.
        """
        answer = await self._patch(subscription.id, expires_at)
        if answer.status == HTTPStatus.BAD_REQUEST:
            answer = await self._patch(subscription.id, min(expires_at, self._clock.now() + _SHORT))
        if not answer.is_success:
            raise _refused(answer)
        return _granted(answer, subscription.client_state, subscription.calendar_id)

    async def unsubscribe(self, subscription_id: str) -> None:
        """Deletes a subscription; one that is gone already is fine."""
        builder = self._session.client.subscriptions.by_subscription_id(subscription_id)
        answer = await self._session.send(builder.to_delete_request_information())
        if not answer.is_success and answer.status not in errors.GONE_STATUSES:
            raise answer.error("delete a subscription")

    async def _post(self, resource: str, client_state: str, expires_at: datetime) -> Answer:
        model = writing.new_subscription(
            resource=resource, url=self._webhook, client_state=client_state, expires_at=expires_at
        )
        builder = self._session.client.subscriptions
        return await self._session.send(builder.to_post_request_information(model))

    async def _patch(self, subscription_id: str, expires_at: datetime) -> Answer:
        builder = self._session.client.subscriptions.by_subscription_id(subscription_id)
        model = SubscriptionModel(expiration_date_time=expires_at)
        return await self._session.send(builder.to_patch_request_information(model))

    async def _drop_older(self, resources: set[str]) -> None:
        """Deletes this connector's subscriptions on the same resources, where they can be listed.

        Who may not list them may still make one: a doubled one then answers 409.
        """
        request: RequestInformation = (
            self._session.client.subscriptions.to_get_request_information()
        )
        wanted = {resource.lower() for resource in resources}
        paths = CalendarPaths(self._session)
        try:
            listed = await paths.list_all(request, doing="list the subscriptions")
        except Unreadable:
            return
        for raw in listed:
            is_ours = raw.get("notificationUrl") == self._webhook
            if is_ours and str(raw.get("resource", "")).strip("/").lower() in wanted:
                await self.unsubscribe(str(raw.get("id")))


def _granted(answer: Answer, client_state: str, calendar_id: CalendarId | None) -> Subscription:
    """Reads what was granted.

    Raises:
        Unavailable: It can't be read; the next one finds it in its way and deletes it.
    """
    try:
        document = answer.json()
        subscription_id, ends = document["id"], utc_moment(document["expirationDateTime"])
    except (ContractBroken, KeyError) as error:
        raise Unavailable("Graph granted a subscription that can't be read") from error
    if not isinstance(subscription_id, str) or ends is None:
        raise Unavailable("Graph granted a subscription that can't be read")
    return Subscription(
        id=subscription_id, expires_at=ends, client_state=client_state, calendar_id=calendar_id
    )


def _refused(answer: Answer) -> SyncError:
    """Gives the error of a refused subscription: never one that condemns the calendar."""
    error = answer.error("make or prolong a subscription")
    if isinstance(error, ContractBroken | Unreadable):
        # 400: the handshake failed or nothing we can ask for is granted; 403: too many of them.
        return Unavailable("Graph grants no subscription just now")
    return error
