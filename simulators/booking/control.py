"""The control door of the booking product: what office people do, and what goes wrong."""

from typing import Any
from zoneinfo import ZoneInfo

from simulators.booking.api import BookingApi
from simulators.booking.connector_acts import ConnectorActs
from simulators.booking.model import STATUS_ACTS, Account, Item, Location, StaffMember
from simulators.booking.oidc import OidcProvider
from simulators.booking.seed import Practice, seed_practice
from simulators.booking.state import AccountRecord, BookingState
from simulators.booking.webhooks import WebhookSender
from simulators.booking.wire import item_to_wire, patched, read_as, staff_to_wire
from simulators.common.clock import SimulatedClock
from simulators.common.control import Act, Asked, Created, read_instant, usual_acts
from simulators.common.errors import ControlError

PREFIXES = {"appointment": "apt", "reserve": "rsv", "event": "evt"}


class BookingControl:
    """Drives the booking simulator from outside.

    Args:
        state: what the booking product knows.
        acts: the connector's writes, for their policy.
        api: for its faults and its log.
        webhooks: the sender.
        oidc: the log-in.
        clock: what time it is there.
    """

    def __init__(
        self,
        *,
        state: BookingState,
        acts: ConnectorActs,
        api: BookingApi,
        webhooks: WebhookSender,
        oidc: OidcProvider,
        clock: SimulatedClock,
    ) -> None:
        self._state = state
        self._acts = acts
        self._api = api
        self._webhooks = webhooks
        self._oidc = oidc
        self._clock = clock

    def acts(self) -> dict[str, Act]:
        """Give every act by method and path."""
        state, account = self._state, "/accounts/{account_id}"
        location, staff = account + "/locations", account + "/staff"
        member, place = staff + "/{staff_id}", location + "/{location_id}"
        item = member + "/items/{item_id}"
        return usual_acts(reset=self.reset, log=self._api.log, clock=self._clock) | {
            "POST /seed": self._seed,
            "GET /accounts": lambda _: {"value": [_record(each) for each in state.accounts()]},
            "POST /accounts": self._create_account,
            f"PATCH {account}": self._patch_account,
            f"DELETE {account}": lambda asked: state.remove_account(*_ids(asked)),
            f"POST {location}": self._create_location,
            f"PATCH {place}": self._patch_location,
            f"DELETE {place}": lambda asked: state.remove_location(*_ids(asked)),
            f"POST {staff}": self._create_staff,
            f"PATCH {member}": self._patch_staff,
            f"DELETE {member}": lambda asked: state.remove_staff(*_ids(asked)),
            f"GET {member}/items": self._list_items,
            f"POST {member}/items": self._create_item,
            f"PATCH {item}": self._patch_item,
            f"DELETE {item}": lambda asked: state.delete_item(*_ids(asked)),
            f"POST {item}/{{act}}": self._act_on_item,
            "POST /cursors/expire": self._expire_cursors,
            "GET /faults": lambda _: self._faults(),
            "PUT /faults": self._put_faults,
            "GET /policy": lambda _: self._acts.policy,
            "PUT /policy": self._put_policy,
            "GET /keeping": lambda _: self._state.keeping,
            "PUT /keeping": self._put_keeping,
            "GET /webhooks": lambda _: self._sent(),
            "PUT /webhooks": self._put_webhooks,
            "DELETE /webhooks": lambda _: self._webhooks.sent.clear(),
            "GET /oidc": lambda _: self._oidc.switches,
            "PUT /oidc": self._put_oidc,
        }

    def reset(self) -> None:
        """Forget everything that was done, and switch every fault off; the addresses stay."""
        self._state.reset()
        self._acts.reset()
        self._api.reset()
        self._webhooks.sent.clear()
        self._webhooks.faults.clear()
        self._oidc.reset()
        self._clock.reset()

    def _seed(self, asked: Asked) -> Practice:
        body = asked.body
        now = read_instant(body["now"], "now") if "now" in body else self._clock.now()
        return seed_practice(self._state, now=now, weeks=int(body.get("weeks", 6)))

    def _create_account(self, asked: Asked) -> Created:
        account = read_as(Account, asked.body)
        self._state.put_account(account)
        return Created(account)

    def _patch_account(self, asked: Asked) -> Account:
        account = patched(self._state.account(*_ids(asked)).account, _without_id(asked))
        self._state.put_account(account)
        return account

    def _create_location(self, asked: Asked) -> Created:
        location = read_as(Location, asked.body)
        self._state.put_location(asked.path["account_id"], location)
        return Created(location)

    def _patch_location(self, asked: Asked) -> Location:
        account_id, location_id = _ids(asked)
        before = self._state.account(account_id).locations[location_id]
        location = patched(before, _without_id(asked))
        self._state.put_location(account_id, location)
        return location

    def _create_staff(self, asked: Asked) -> Created:
        member = read_as(StaffMember, asked.body)
        self._state.put_staff(asked.path["account_id"], member)
        return Created(member)

    def _patch_staff(self, asked: Asked) -> StaffMember:
        member = patched(self._state.staff_member(*_ids(asked)), _without_id(asked))
        self._state.put_staff(asked.path["account_id"], member)
        return member

    def _list_items(self, asked: Asked) -> dict[str, Any]:
        items = self._state.schedule(*_ids(asked)).items()
        return {"value": [self._wire(asked, item) for item in items]}

    def _create_item(self, asked: Asked) -> Created:
        force = asked.body.pop("force", False) is True
        prefix = PREFIXES.get(str(asked.body.get("kind")), "itm")
        item = read_as(Item, {"id": self._state.new_id(prefix)} | asked.body)
        account_id, staff_id = _ids(asked)
        saved = self._state.add_item(account_id, staff_id, item, force=force)
        return Created(self._wire(asked, saved))

    def _patch_item(self, asked: Asked) -> dict[str, Any]:
        force = asked.body.pop("force", False) is True
        account_id, staff_id, item_id = _ids(asked)
        item = patched(self._state.item(account_id, staff_id, item_id), _without_id(asked))
        return self._wire(asked, self._state.save_item(account_id, staff_id, item, force=force))

    def _act_on_item(self, asked: Asked) -> dict[str, Any]:
        account_id, staff_id, item_id, act = asked.path.values()
        whose = (account_id, staff_id)
        if act in STATUS_ACTS:
            item = self._state.set_status(*whose, item_id, STATUS_ACTS[act])
        elif act == "save":
            item = self._state.save_item(*whose, self._state.item(*whose, item_id))
        elif act == "reassign":
            target = asked.body.get("staff_id")
            if not isinstance(target, str):
                raise ControlError("staff_id says to whom")
            force = asked.body.get("force", False) is True
            item = self._state.reassign(*whose, item_id, to_staff_id=target, force=force)
        else:
            raise ControlError(f"unknown act; known: {sorted(STATUS_ACTS)}, save, reassign")
        return self._wire(asked, item)

    def _expire_cursors(self, asked: Asked) -> None:
        self._state.expire_cursors(asked.body.get("account_id"), asked.body.get("staff_id"))

    def _faults(self) -> dict[str, Any]:
        return self._api.faults.as_json() | {"feed_page": self._api.feed_page}

    def _put_faults(self, asked: Asked) -> dict[str, Any]:
        feed_page = asked.body.get("feed_page", self._api.feed_page)
        if not isinstance(feed_page, int) or feed_page < 1:
            raise ControlError("feed_page is a number of at least 1")
        self._api.faults.replace_from_json({"rules": asked.body.get("rules", [])})
        self._api.feed_page = feed_page
        return self._faults()

    def _put_policy(self, asked: Asked) -> object:
        self._acts.policy = patched(self._acts.policy, asked.body)
        return self._acts.policy

    def _put_keeping(self, asked: Asked) -> object:
        self._state.keeping = patched(self._state.keeping, asked.body)
        return self._state.keeping

    def _put_oidc(self, asked: Asked) -> object:
        self._oidc.switches = patched(self._oidc.switches, asked.body)
        return self._oidc.switches

    def _sent(self) -> dict[str, Any]:
        return self._webhooks.faults.as_json() | {
            "url": self._webhooks.url,
            "retry_delays": self._webhooks.retry_delays,
            "pending": self._webhooks.pending,
            "value": list(self._webhooks.sent),
        }

    def _put_webhooks(self, asked: Asked) -> dict[str, Any]:
        body, webhooks = asked.body, self._webhooks
        if "rules" in body:
            webhooks.faults.replace_from_json(body)
        if "secret" in body:
            webhooks.set_secret(body["secret"])
        webhooks.url = body.get("url", webhooks.url)
        delays = body.get("retry_delays", webhooks.retry_delays)
        webhooks.retry_delays = tuple(float(delay) for delay in delays)
        return self._sent()

    def _wire(self, asked: Asked, item: Item) -> dict[str, Any]:
        member = self._state.staff_member(asked.path["account_id"], asked.path["staff_id"])
        return item_to_wire(item, ZoneInfo(member.time_zone))


def _ids(asked: Asked) -> tuple[str, ...]:
    """Give the ids of a path in its order: Account, then Location or Staff Member, then item."""
    return tuple(asked.path.values())


def _without_id(asked: Asked) -> dict[str, Any]:
    if "id" in asked.body:
        raise ControlError("an id cannot be changed")
    return asked.body


def _record(record: AccountRecord) -> dict[str, object]:
    return {
        "account": record.account,
        "locations": list(record.locations.values()),
        "staff": [
            staff_to_wire(member) | {"items": len(record.schedules[member.id].items())}
            for member in record.staff.values()
        ],
    }
