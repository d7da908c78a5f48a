"""How a Connection goes from one state to the next.

Only pure steps ``Connection -> Connection`` and questions about a Connection may live here; who may
ask for a step, and what has to be done outside, is for the shell to say.

Two wishes are kept apart. ``active`` is the administrator's decision and only an administrator
changes it. Whether the person can be served (works at a Location where the plugin is enabled) is
asked anew whenever one of the two sides may have changed. Who is active but can't be served is
*suspended*: state INACTIVE with ``active`` true. The way back needs nobody (R2.5).

``microsoft`` names the account last used. It stays after the tokens were destroyed, so that the
last mail can name it (R9.6) and a removal that had no tokens can be finished (R10.5); ``signed_in``
says whether its tokens are there.
"""

from dataclasses import replace
from datetime import datetime

from sync.kept_texts import NO_ACCESS_THERE, REFUSED_THERE
from sync.people.contact import with_profile
from sync.people.noted import with_change_noted, with_deed
from sync.people.people import (
    Connection,
    ConnectionState,
    DeedKind,
    Goal,
    HeldAnswer,
    Invitation,
    InvitationStatus,
    Leaving,
    MicrosoftAccount,
    Problem,
    Progress,
    StaffMember,
    SyncSettings,
)
from sync.words import Calendar, ConnectionId, PersonKey, msgid

_SIGNED_IN = {ConnectionState.AUTHORIZED, ConnectionState.STARTING, ConnectionState.ACTIVE}
_SYNCED = {ConnectionState.STARTING, ConnectionState.ACTIVE, ConnectionState.RECONNECT_NEEDED}

#: The one before now serves somebody else, found out without the person being there (R5.2, R2.5).
CALENDAR_TAKEN = Problem(
    code="calendar_in_use",
    message=msgid(
        "The calendar used before serves another account now. The Staff Member has to choose "
        "another one."
    ),
)


def signed_in(connection: Connection) -> MicrosoftAccount | None:
    """Gives the account whose tokens are there; ``None`` asks for a sign-in (R4.1, R4.3)."""
    has_tokens = connection.state in _SIGNED_IN or connection.goal is Goal.AUTHORIZED
    return connection.microsoft if has_tokens else None


def takes_part(connection: Connection) -> bool:
    """Says whether the person is active in effect: activated, and not about to be let go."""
    return (
        connection.active
        and connection.state is not ConnectionState.INACTIVE
        and connection.goal is not Goal.INACTIVE
    )


def is_synced(connection: Connection) -> bool:
    """Says whether a calendar is connected, be it with tokens that don't work any more."""
    return connection.state in _SYNCED


def is_suspended(connection: Connection) -> bool:
    """Says whether the person is activated but could not be served when last looked at (R2.5)."""
    return connection.active and connection.state is ConnectionState.INACTIVE


def keeps_tokens(connection: Connection) -> bool:
    """Says whether a suspended person's sync starts again by itself on the way back (R2.5)."""
    return connection.active and connection.resync_wanted


def can_finish_removal(connection: Connection) -> bool:
    """Says whether a sign-in with the account last used can remove what was left (R10.5)."""
    return connection.left_behind > 0 and connection.connection_id is not None


def newcomer(person: PersonKey, staff: StaffMember) -> Connection:
    """Gives what somebody never activated has: nothing."""
    return Connection(person=person, active=False, state=ConnectionState.INACTIVE, staff=staff)


def activated(
    connection: Connection, staff: StaffMember, invitation: Invitation, at: datetime
) -> Connection:
    """Activates a person who doesn't take part, or takes a suspended one back (R3.2, R2.5).

    A removal under way goes on and leads to INVITED from now on. At ``at`` the sweep looks whether
    the invitation is on its way.
    """
    changed = replace(
        with_profile(connection, staff),
        active=True,
        invitation=invitation,
        resync_wanted=False,
        due_at=at,
    )
    if connection.state is ConnectionState.DISCONNECTING:
        return replace(changed, goal=Goal.INVITED)
    return replace(
        changed,
        state=ConnectionState.INVITED,
        microsoft=connection.microsoft if can_finish_removal(connection) else None,
    )


def deactivated(connection: Connection, at: datetime) -> Connection:
    """Deactivates a person (R3.3): by a removal, or at once where nothing was ever synced."""
    let_go = replace(sessions_ended(connection), active=False, resync_wanted=False)
    if is_synced(connection):
        return disconnecting(let_go, Goal.INACTIVE, at)
    if connection.state is ConnectionState.DISCONNECTING:
        return replace(let_go, goal=Goal.INACTIVE)
    return replace(let_go, state=ConnectionState.INACTIVE, due_at=at)


def sessions_ended(connection: Connection) -> Connection:
    """Ends every session of the person, in whatever browser (R4.5)."""
    return replace(connection, session_epoch=connection.session_epoch + 1)


def suspended(
    connection: Connection, staff: StaffMember | None, *, comes_back: bool, at: datetime
) -> Connection:
    """Lets a person go whom the plugin can't serve any more (R2.5, R3.1).

    Args:
        connection: Of somebody who takes part.
        staff: The profile as it is now; ``None`` where there is none any more.
        comes_back: Keep tokens, and start the sync again on the way back.
        at: Now.
    """
    runs = connection.is_syncing
    known = sessions_ended(connection) if staff is None else connection
    let_go = replace(with_profile(known, staff or connection.staff), due_at=at)
    if is_synced(connection):
        gone = disconnecting(let_go, Goal.INACTIVE, at)
        return replace(gone, resync_wanted=comes_back and runs)
    if connection.state is ConnectionState.DISCONNECTING:
        return replace(let_go, goal=Goal.INACTIVE, resync_wanted=False)
    return replace(let_go, state=ConnectionState.INACTIVE, resync_wanted=False)


def disconnecting(
    connection: Connection, goal: Goal, at: datetime, *, problem: Problem | None = None
) -> Connection:
    """Begins a removal (section 10); what was held needs no answer any more (R11.7).

    ``problem`` says why, where it was nobody's decision (R10.4): it stays until the next start.
    """
    return replace(
        connection,
        state=ConnectionState.DISCONNECTING,
        goal=goal,
        problem=problem,
        left_behind=0,
        progress=None,
        resync_wanted=False,
        due_at=at,
        held=None,
        failing=None,
        missing=None,
        deeds=with_deed(connection, DeedKind.DISCONNECTED, at),
    )


def with_account(
    connection: Connection, account: MicrosoftAccount, request_id: str, at: datetime
) -> Connection:
    """Notes that a Microsoft account was stored for the person (R3.4, R4.3, R10.3).

    The invitation is used up. What the state becomes:

    * a broken Connection is repaired with a Resync, which sees anew what fails and what waits;
    * a removal on its way to INVITED ends with the account signed in;
    * what an earlier removal had to leave behind is removed before anything new;
    * an account other than the one that left things behind can't remove them: the count stays.

    ``request_id`` is new; it names the Resync, if there is one.
    """
    invitation = connection.invitation
    known = replace(
        connection,
        microsoft=account,
        invitation=None if invitation is None else replace(invitation, used=True),
    )
    is_same = connection.microsoft is not None and connection.microsoft.id == account.id
    match connection.state:
        case ConnectionState.RECONNECT_NEEDED:
            return replace(
                known,
                state=ConnectionState.ACTIVE,
                problem=None,
                resync_wanted=True,
                request_id=request_id,
                progress=Progress(done=0, total=0),
                due_at=at,
                held=None,
                failing=None,
                missing=None,
                deeds=with_deed(connection, DeedKind.RECONNECTED, at),
            )
        case ConnectionState.DISCONNECTING:
            return replace(known, goal=Goal.AUTHORIZED, due_at=at)
        case ConnectionState.INVITED if is_same and can_finish_removal(connection):
            return disconnecting(known, Goal.AUTHORIZED, at)
        case ConnectionState.INVITED | ConnectionState.AUTHORIZED:
            return replace(
                known,
                state=ConnectionState.AUTHORIZED,
                connection_id=None,
                problem=connection.problem if connection.left_behind else None,
                due_at=at,
            )
        case _:
            return known


def signed_out(connection: Connection) -> Connection:
    """Notes that Microsoft refuses the tokens of a person who doesn't sync: sign in anew."""
    return replace(connection, state=ConnectionState.INVITED)


def started(
    connection: Connection,
    settings: SyncSettings,
    connection_id: ConnectionId,
    at: datetime,
) -> Connection:
    """Starts the first sync (R5.7)."""
    return replace(
        connection,
        state=ConnectionState.STARTING,
        settings=settings,
        connection_id=connection_id,
        progress=Progress(done=0, total=0),
        problem=None,
        waiting=0,
        policy="",
        resync_wanted=False,
        request_id=connection_id,
        due_at=at,
        held=None,
        failing=None,
        missing=None,
        deeds=with_deed(connection, DeedKind.STARTED, at),
    )


def with_choices(connection: Connection, settings: SyncSettings, calendar: Calendar) -> Connection:
    """Notes what the person chose, and how the calendar is found again (R10.1, R10.4)."""
    return replace(
        connection,
        settings=settings,
        calendar_name=calendar.name,
        calendar_owner=calendar.owner_address,
        calendar_is_default=calendar.is_default,
    )


def chosen_anew(
    connection: Connection, settings: SyncSettings, calendar: Calendar, at: datetime
) -> Connection:
    """Notes other choices of somebody who syncs; the next sync writes the difference (R5.9).

    Items in another calendar than the chosen one are moved out of it.
    """
    before = None if connection.settings is None else connection.settings.calendar_id
    leaving, missing = connection.leaving, connection.missing
    if before is not None and before != settings.calendar_id:
        leaving, missing = Leaving(calendar_id=before, since=at), None
    return replace(
        with_choices(connection, settings, calendar),
        leaving=leaving,
        missing=missing,
        due_at=at,
        deeds=with_change_noted(connection, settings, at).deeds,
    )


def resync_asked(connection: Connection, request_id: str, at: datetime) -> Connection:
    """Asks for a Resync; ``request_id`` is new, and counts unless one is wanted already (R3.5)."""
    if connection.resync_wanted:
        return replace(connection, due_at=at)
    return replace(
        connection,
        resync_wanted=True,
        request_id=request_id,
        progress=Progress(done=0, total=0),
        due_at=at,
        deeds=with_deed(connection, DeedKind.RESYNCED, at),
    )


def held_answered(connection: Connection, answer: HeldAnswer, at: datetime) -> Connection:
    """Notes the person's answer about held cancellations (R11.7); the newest one counts.

    Without a question there is nothing to note.
    """
    if connection.held is None:
        return connection
    return replace(connection, held=replace(connection.held, answer=answer), due_at=at)


def removed(connection: Connection, *, left: int, has_tokens: bool, at: datetime) -> Connection:
    """Ends a removal where its goal says (section 10).

    Args:
        connection: In state DISCONNECTING.
        left: Items that could not be removed (R10.5).
        has_tokens: Microsoft took the tokens: without them nobody is signed in.
        at: Now; the sweep looks at them again, for what has to be sent or to end.
    """
    state = {
        Goal.AUTHORIZED: ConnectionState.AUTHORIZED if has_tokens else ConnectionState.INVITED,
        Goal.INVITED: ConnectionState.INVITED,
        Goal.INACTIVE: ConnectionState.INACTIVE,
    }[connection.goal or Goal.AUTHORIZED]
    problem = connection.problem
    if problem is not None and problem.is_passing:
        problem = None
    return replace(
        connection,
        state=state,
        goal=None,
        progress=None,
        waiting=0,
        subscription=None,
        policy="",
        resync_wanted=connection.resync_wanted and has_tokens,
        connection_id=None if has_tokens else connection.connection_id,
        left_behind=left,
        failing=None,
        missing=None,
        paused_until=None,
        leaving=None,
        problem=_left_behind(left, has_tokens=has_tokens) if left else problem,
        due_at=at,
        deeds=(),
    )


def awaits_invitation(connection: Connection) -> bool:
    """Says whether the newest invitation is not known to be sent, and still of use."""
    invitation = connection.invitation
    return (
        takes_part(connection)
        and invitation is not None
        and invitation.status is InvitationStatus.QUEUED
        and not invitation.used
    )


def _left_behind(left: int, *, has_tokens: bool) -> Problem:
    form = REFUSED_THERE if has_tokens else NO_ACCESS_THERE
    return Problem(code="left_behind", message=form.of(left))
