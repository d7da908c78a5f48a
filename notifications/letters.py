"""The parts of a message, and what every message says about itself (R9.6); pure.

A letter is written once; HTML and plain text are made from the same parts, so they can't differ.
"""

from dataclasses import dataclass

from notifications.names import account_name, plain_name
from sync.engine.texts import Product
from sync.messages import SpanInFull, said
from sync.people.people import Connection

CONNECTOR = "Connect-Up for Outlook 365"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A label and its value."""

    label: str
    value: str | SpanInFull


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with rows below it."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """The one thing to do next; ``url`` is one of ours, never built from anybody's data."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message before it has a form and a language; every text is plain.

    What is ours to translate is a ``Said``; any other text is somebody's own.

    Attributes:
        subject: One line.
        heading: What happened, in a few words.
        paragraphs: Before the sections.
        sections: In order.
        button: ``None`` where there is nothing to do.
        notes: After the button.
        about: Product, calendar and Microsoft account (R9.6).
        stop: How to stop such messages, or where to change it (R9.6).
        stop_url: The page for it; ``None`` where there is none.
        unsubscribe_url: Ends this kind of message by one click; ``None`` where it is no choice.
    """

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    about: tuple[Row, ...]
    stop: str
    stop_url: str | None = None
    unsubscribe_url: str | None = None
    sections: tuple[Section, ...] = ()
    button: Button | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Whom a message is for, and the product that it speaks of.

    Attributes:
        product: The booking product.
        base_url: Where browsers reach the connector, without a slash at the end.
        connection: The person's Connection as it stands.
        connector: What the connector is called: the host's own name where it has one (R12.8).
    """

    product: Product
    base_url: str
    connection: Connection
    connector: str = CONNECTOR

    @property
    def greeting(self) -> str:
        """Gives the first line."""
        return said("Hello {name},", name=plain_name(self.connection.staff.name))

    @property
    def zone(self) -> str:
        """Gives the person's time zone, an IANA name."""
        return self.connection.staff.time_zone

    @property
    def settings_url(self) -> str:
        """Gives the address of the person's settings page."""
        return f"{self.base_url}/settings"

    @property
    def connect_url(self) -> str:
        """Gives the door to both log-ins (R4.1)."""
        return f"{self.base_url}/connect"

    @property
    def about(self) -> tuple[Row, ...]:
        """Gives which product, calendar and Microsoft account a message is about (R9.6)."""
        calendar, microsoft = self.connection.calendar_name, self.connection.microsoft
        return (
            Row(
                label=said("Product"),
                value=said(
                    "{connector}, for {product}",
                    connector=self.connector,
                    product=self.product.name,
                ),
            ),
            Row(
                label=said("Outlook calendar"),
                value=plain_name(calendar) if calendar else said("none chosen yet"),
            ),
            Row(
                label=said("Microsoft account"),
                value=account_name(microsoft.address) if microsoft else said("none signed in yet"),
            ),
        )
