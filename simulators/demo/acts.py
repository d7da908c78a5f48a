"""What the buttons of the demo page do, as people would do it on either side."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from simulators.booking.model import ItemKind, ItemStatus
from simulators.booking.state import BookingState
from simulators.common.pages import read_wall
from simulators.demo.sides import Person, Side, instant
from simulators.microsoft365.acts import Acts
from simulators.microsoft365.forms import SHOW_AS, new_event
from simulators.microsoft365.state import State
from simulators.microsoft365.zones import times_json, to_utc, to_wall

LONGEST = 24 * 60


class DemoActs:
    """Acts on both simulators.

    Args:
        booking: the booking product.
        state: the mailboxes.
        acts: what people do in Outlook.
    """

    def __init__(self, booking: BookingState, state: State, acts: Acts) -> None:
        self._booking = booking
        self._state = state
        self._acts = acts

    def carry_out(self, person: Person, form: Mapping[str, str]) -> str:
        """Does what a form says.

        Args:
            person: whose calendars.
            form: `side` and `act` (`book`, `block`, `create`, `move`, `shift:MINUTES`,
                `stretch:MINUTES` for the end alone, `remove`, `private`, `all-day`); `item` for
                what is there; `start` on the person's clock, `minutes` and the members of a new
                item.

        Returns:
            The key of the item concerned, empty when it is gone.

        Raises:
            Refusal: the booking product refuses.
            GraphError: Outlook refuses.
            KeyError: there is no such item.
            ValueError: the form makes no sense.
        """
        if Side(form.get("side", "")) is Side.BOOKING:
            return self._on_booking(person, form)
        return self._on_outlook(person, form)

    def _on_booking(self, person: Person, form: Mapping[str, str]) -> str:
        act, key = form.get("act", ""), form.get("item", "")
        whose = (person.account.id, person.member.id)
        if act in ("book", "block"):
            start, end = (instant(at, person.zone) for at in _wished(form))
            if act == "block":
                title = form.get("title") or "Blocked"
                return self._booking.add_reserve(*whose, start=start, end=end, title=title).id
            return self._booking.book_appointment(
                *whose,
                start=start,
                end=end,
                customer=form.get("customer") or "Customer",
                service=form.get("service") or "Service",
                location_id=next(iter(person.member.location_ids), None),
            ).id
        item = self._booking.item(*whose, key)
        match act.partition(":")[0]:
            case "move" | "shift":
                begin = item.start.astimezone(person.zone).replace(tzinfo=None)
                start = _moved(form, begin)
                at = instant(start, person.zone)
                self._booking.move(*whose, key, start=at, end=at + (item.end - item.start))
                return key
            case "stretch":
                self._booking.move(
                    *whose, key, start=item.start, end=_stretched(form, item.start, item.end)
                )
                return key
            case "remove" if item.kind is ItemKind.APPOINTMENT:
                self._booking.set_status(*whose, key, ItemStatus.CANCELLED)
                return ""
            case "remove":
                self._booking.delete_item(*whose, key)
                return ""
        raise ValueError(f"There is no act {act} in the booking product.")

    def _on_outlook(self, person: Person, form: Mapping[str, str]) -> str:
        act, key = form.get("act", ""), form.get("item", "")
        if person.mailbox is None:
            raise ValueError(f"{person.member.name} has no mailbox.")
        if act == "create":
            start, end = _wished(form)
            stamp = "%Y-%m-%dT%H:%M"
            times = {"start": start.strftime(stamp), "end": end.strftime(stamp)}
            shows = {"show_as": form.get("show_as") if form.get("show_as") in SHOW_AS else "busy"}
            ticked = {name: "on" for name in ("all_day", "private") if name in form}
            words = {"subject": form.get("subject", "")}
            read = {name: str(value) for name, value in (times | shows | ticked | words).items()}
            body = new_event(read, person.member.time_zone)
            made = self._acts.create(person.mailbox.address, body)
            return self._state.ids_of(self._acts.instance(made))[1]
        if self._state.calendars[self._acts.instance(key).event.calendar].owner != (
            person.mailbox.user_id
        ):
            raise KeyError(key)
        match act.partition(":")[0]:
            case "move" | "shift":
                self._move_event(key, form, person.member.time_zone)
                return key
            case "stretch":
                content = self._acts.instance(key).content
                begin, end = content.starts_at, content.ends_at
                return self._acts.move(key, begin, _stretched(form, begin, end))
            case "remove":
                self._acts.delete(key)
                return ""
            case "private":
                return self._acts.make_private(key)
            case "all-day":
                return self._acts.make_all_day(key)
        raise ValueError(f"There is no act {act} in Outlook.")

    def _move_event(self, key: str, form: Mapping[str, str], zone: str) -> None:
        content = self._acts.instance(key).content
        if not content.is_all_day:
            start = _moved(form, to_wall(content.starts_at, zone))
            begin = to_utc(start, zone)
            self._acts.move(key, begin, begin + (content.ends_at - content.starts_at))
            return
        start = _moved(form, content.start).replace(hour=0, minute=0)
        end = start + (content.end - content.start)
        self._acts.change(key, times_json(start, end, content.start_zone))


def _moved(form: Mapping[str, str], begin: datetime) -> datetime:
    act, _, minutes = form.get("act", "").partition(":")
    if act == "shift":
        return begin + timedelta(minutes=int(minutes))
    return read_wall(form, "start")


def _stretched(form: Mapping[str, str], begin: datetime, end: datetime) -> datetime:
    minutes = int(form.get("act", "").partition(":")[2])
    later = end + timedelta(minutes=minutes)
    _check_length(later - begin)
    return later


def _check_length(length: timedelta) -> None:
    if not timedelta(minutes=1) <= length <= timedelta(minutes=LONGEST):
        raise ValueError(f"An item takes 1 to {LONGEST} minutes.")


def _wished(form: Mapping[str, str]) -> tuple[datetime, datetime]:
    start, length = read_wall(form, "start"), timedelta(minutes=int(form.get("minutes") or 0))
    _check_length(length)
    return start, start + length
