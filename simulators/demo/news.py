"""What both products tell of one person beside the calendars: refusals and mails."""

from itertools import islice

from simulators.booking.api import API_PREFIX, WRITES
from simulators.common.request_log import RequestLog
from simulators.demo.reasons import NotTaken
from simulators.demo.sides import Person
from simulators.mailbox.post_office import Mail, PostOffice

_REFUSED = (403, 409)


class News:
    """Remembers for each person what was told already; what was there at first is no news.

    Args:
        log: the calls of the booking product's API.
        post_office: where mails arrive.
    """

    def __init__(self, log: RequestLog, post_office: PostOffice) -> None:
        self._log = log
        self._post_office = post_office
        self._calls: dict[str, int] = {}
        self._mails: dict[str, int] = {}

    def not_taken(self, person: Person) -> list[NotTaken]:
        """Gives the writes to the person's schedule that were refused since the last time."""
        total = self._log.counts.total()
        new = total - self._calls.get(person.key, total)
        self._calls[person.key] = total
        place = f"{API_PREFIX}/accounts/{person.account.id}/staff/{person.member.id}/items/"
        found = []
        for entry in reversed(list(islice(reversed(self._log.entries), max(new, 0)))):
            operation, path = entry["operation"], entry["path"]
            is_theirs = path.startswith(place.removesuffix("items/"))
            if operation in WRITES and entry["status"] in _REFUSED and is_theirs:
                item = path.removeprefix(place) if path.startswith(place) else None
                found.append(NotTaken(operation=operation, item=item, detail=entry["detail"]))
        return found

    def mails(self, person: Person) -> list[Mail]:
        """Gives the mails to the profile's address since the last time, oldest first."""
        address = person.member.email
        theirs = [mail for mail in self._post_office.mails() if address in mail.to]
        new = len(theirs) - self._mails.get(person.key, len(theirs))
        self._mails[person.key] = len(theirs)
        return theirs[: max(new, 0)][::-1]
