"""What the messages about a Connection say (R5.3, R9.1, R9.4, R10.3); pure.

Each function takes a ``Context`` and what the message is made from, and gives a ``Letter``.
"""

from notifications.causes import cause_of
from notifications.letters import Button, Context, Letter
from notifications.names import plain_name
from sync.messages import MomentInFull, said
from sync.people.people import (
    Invitation,
    PendingContact,
)


def invitation(context: Context, invited: Invitation, link: str) -> Letter:
    """Invites a person to connect (R9.1)."""
    name = context.product.name
    return Letter(
        subject=said("Connect your Outlook calendar with {product}", product=name),
        heading=said("Connect your Outlook calendar"),
        paragraphs=(
            context.greeting,
            said(
                "An administrator of {product} has activated the calendar sync for you. It shows "
                "your appointments in your Outlook calendar, and can block the time of your "
                "Outlook meetings in {product}.",
                product=name,
            ),
            said(
                "Open the link, sign in with Microsoft, log in to {product}, and choose the "
                "calendar. Nothing is synced before you press Start Sync.",
                product=name,
            ),
        ),
        button=Button(label=said("Connect my calendar"), url=link),
        notes=(
            said(
                "The link is for you alone and is good until {time}. After that, open the calendar "
                "sync from your own profile in {product}, or ask your administrator for a new "
                "invitation.",
                time=MomentInFull(invited.expires_at, context.zone),
                product=name,
            ),
        ),
        about=context.about,
        stop=said(
            "You don't have to do anything if you don't want to connect. To get no more "
            "invitations, ask your administrator to deactivate you."
        ),
    )


def confirm_contact(context: Context, asked: PendingContact, link: str) -> Letter:
    """Asks whether mail may go to an address: the only message to it until it is confirmed (R5.3).

    Whoever reads it may be a stranger: nothing in it can be chosen freely but two short names.
    """
    name = context.product.name
    return Letter(
        subject=said("{product}: confirm your e-mail address", product=name),
        heading=said("Confirm your e-mail address"),
        paragraphs=(
            said("Hello,"),
            said(
                "{name} asked for messages about a calendar that is synced with {product} to be "
                "sent to this address. Nothing else is sent here before you confirm it.",
                name=plain_name(context.connection.staff.name),
                product=name,
            ),
        ),
        button=Button(label=said("Confirm this address"), url=link),
        notes=(
            said(
                "The link is good until {time}.",
                time=MomentInFull(asked.expires_at, context.zone),
            ),
        ),
        about=context.about,
        stop=said(
            "If you did not ask for this, do nothing: you get no other message, and this address "
            "is not used."
        ),
    )


def disconnected(context: Context, code: str) -> Letter:
    """Says that a calendar was disconnected, or that Microsoft ended the access (R9.4).

    Args:
        context: Of the person.
        code: Of the problem that led to it, or ``deactivated``; one that is not known here is
            told by the state of the Connection.
    """
    name = context.product.name
    connection = context.connection
    cause = cause_of(code, connection)
    return Letter(
        subject=said(cause.subject, product=name),
        heading=said(cause.heading),
        paragraphs=(
            context.greeting,
            said(cause.what, product=name),
            said(cause.meaning, product=name),
        ),
        button=Button(label=said(cause.button), url=context.connect_url),
        about=context.about,
        stop=said(
            "This message is always sent when a calendar is disconnected without your own doing. "
            "Which other messages you get is set on your settings page."
        ),
        stop_url=context.settings_url,
    )


def reconnected(context: Context) -> Letter:
    """Says that a broken Connection works again (R10.3)."""
    name = context.product.name
    return Letter(
        subject=said("{product}: your Outlook calendar is connected again", product=name),
        heading=said("Your Outlook calendar is connected again"),
        paragraphs=(
            context.greeting,
            said(
                "You signed in with Microsoft again. Both calendars are being compared, and "
                "everything that changed meanwhile is caught up with. Nothing is made twice."
            ),
        ),
        button=Button(label=said("Open my settings page"), url=context.settings_url),
        about=context.about,
        stop=said(
            "This message is always sent after a calendar was reconnected. If it was not you who "
            "signed in, disconnect the calendar on your settings page."
        ),
        stop_url=context.settings_url,
    )
