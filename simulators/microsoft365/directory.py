"""People with mailboxes, their calendars, and who sees which."""

from simulators.microsoft365.ids import IdMint
from simulators.microsoft365.model import Calendar, Role, User


class Directory:
    """All users and calendars of the simulated service.

    Attributes:
        mint: Makes ids.
        users: People by their id.
        calendars: Calendars by their internal number.
    """

    mint: IdMint
    users: dict[str, User]
    calendars: dict[int, Calendar]
    _next_key: int

    def clear(self, mint: IdMint) -> None:
        """Forget everybody, and make ids anew."""
        self.mint = mint
        self.users = {}
        self.calendars = {}
        self._next_key = 0

    def add_user(
        self, address: str, name: str, *, time_zone: str = "UTC", user_id: str | None = None
    ) -> User:
        """Make a person with a mailbox and its default calendar."""
        user = User(
            user_id=user_id or self.mint.plain_id(), address=address, name=name, time_zone=time_zone
        )
        self.users[user.user_id] = user
        self.add_calendar(user, "Calendar", is_default=True)
        return user

    def find_user(self, id_or_address: str) -> User | None:
        """Find a person by id or, without case, by address."""
        if id_or_address in self.users:
            return self.users[id_or_address]
        wanted = id_or_address.lower()
        return next((u for u in self.users.values() if u.address.lower() == wanted), None)

    def add_calendar(
        self, user: User, name: str, *, is_default: bool = False, read_only: bool = False
    ) -> Calendar:
        """Make a calendar; `read_only` stands for subscribed ones such as holidays."""
        calendar = Calendar(
            key=self._key(),
            owner=user.user_id,
            calendar_id=self.mint.item_id("AQMkAD"),
            immutable_id=self.mint.item_id("AQMkAI"),
            name=name,
            change_key=self.mint.change_key(),
            is_default=is_default,
            read_only=read_only,
        )
        self.calendars[calendar.key] = calendar
        return calendar

    def calendars_of(self, user: User) -> list[Calendar]:
        """List a person's calendars, the own ones first, then those shared with them."""
        own = [c for c in self.calendars.values() if c.owner == user.user_id]
        return own + [c for c in self.calendars.values() if user.user_id in c.shares]

    def default_calendar(self, user: User) -> Calendar:
        """Give the calendar into which new events go."""
        return next(c for c in self.calendars_of(user) if c.is_default and c.owner == user.user_id)

    def find_calendar(self, user: User, calendar_id: str) -> Calendar | None:
        """Find a calendar by the id under which this person sees it, of either kind."""
        for calendar in self.calendars_of(user):
            if calendar.owner == user.user_id:
                if calendar_id in (calendar.calendar_id, calendar.immutable_id):
                    return calendar
            elif calendar.share_ids[user.user_id] == calendar_id:
                return calendar
        return None

    def rename_calendar(self, calendar: Calendar, name: str) -> None:
        """Give a calendar another name."""
        calendar.name = name
        calendar.change_key = self.mint.change_key()

    def share_calendar(self, calendar: Calendar, user: User, role: Role) -> None:
        """Let another person read or write a calendar; it appears in their list."""
        calendar.shares[user.user_id] = role
        calendar.share_ids.setdefault(user.user_id, self.mint.item_id("AQMkAS"))

    def unshare_calendar(self, calendar: Calendar, user: User) -> None:
        """Take a shared calendar away again."""
        calendar.shares.pop(user.user_id, None)

    def renew_calendar_id(self, calendar: Calendar) -> None:
        """Change a calendar's id by itself, as rarely happens (GD#5580)."""
        calendar.calendar_id = self.mint.item_id("AQMkAD")
        calendar.immutable_id = self.mint.item_id("AQMkAI")

    def can_edit(self, user: User, calendar: Calendar) -> bool:
        """Tell whether a person may write into a calendar."""
        if calendar.owner == user.user_id:
            return not calendar.read_only
        return calendar.shares.get(user.user_id) == "write"

    def _key(self) -> int:
        self._next_key += 1
        return self._next_key
