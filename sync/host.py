"""The host's own look and place (R12.8): what its operator chose for pages and mails; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """How the host shows; each is empty where the product's own look stays.

    Attributes:
        name: In place of the product's name at the head of pages and mails.
        logo_url: A picture beside it.
        colour: The accent colour, ``#rrggbb``; it is adjusted where it could not be read.
        support_url: Where to get help.
        return_url: The way back to the host.
    """

    name: str = ""
    logo_url: str = ""
    colour: str = ""
    support_url: str = ""
    return_url: str = ""


#: Nothing chosen.
OWN_LOOK = Host()
