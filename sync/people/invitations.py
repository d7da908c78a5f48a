"""Invitation links: personal, signed, replaced by a resend, used up by a sign-in (R3.4)."""

from urllib.parse import urlencode

from sync.errors import Rejected, UntrustedRequest
from sync.people.connection_states import takes_part
from sync.people.people import Invitation
from sync.ports.outside import Outside
from sync.words import AccountId, PersonKey, StaffId, msgid

PURPOSE = "invitation"

_ASK = msgid(
    "Ask an administrator of the booking product for a new one, or open the calendar sync from "
    "your own profile there."
)
_WITHDRAWN = msgid("This invitation was taken back.")
_EXPIRED = msgid("This invitation has expired.")
_MALFORMED = msgid("This invitation link is damaged or not complete.")


class Invitations:
    """Makes and judges invitation links.

    A link names its person and its number, nothing else. When it ends is kept with the Connection,
    so that opening it changes nothing: mail scanners do that.

    Args:
        outside: The ports.
        public_base_url: Where browsers reach the connector, without a slash at the end.
    """

    def __init__(self, outside: Outside, *, public_base_url: str) -> None:
        self._connections = outside.connections
        self._signer = outside.signer
        self._clock = outside.clock
        self._base_url = public_base_url.rstrip("/")

    def link(self, invitation: Invitation, person: PersonKey) -> str:
        """Gives the address that the invitation mail carries; secret, never logged."""
        token = self._signer.sign(
            PURPOSE,
            {
                "account_id": person.account_id,
                "staff_id": person.staff_id,
                "invitation_id": invitation.id,
            },
        )
        return f"{self._base_url}/connect?{urlencode({'invitation': token})}"

    def person_of(self, token: str) -> PersonKey:
        """Reads whose link it is, be it good or not.

        Raises:
            Rejected: 400 ``malformed_invitation``.
        """
        return self._read(token)[0]

    async def open(self, token: str) -> PersonKey:
        """Gives the person whom a good link invites; who that really is, a log-in has to show.

        Raises:
            Rejected: 400 ``malformed_invitation``; 410 ``invitation_replaced``,
                ``invitation_withdrawn``, ``invitation_used`` or ``invitation_expired``.
        """
        person, invitation_id = self._read(token)
        stored = await self._connections.get(person)
        connection = None if stored is None else stored.value
        invitation = None if connection is None else connection.invitation
        if connection is None or invitation is None or not takes_part(connection):
            raise _gone("invitation_withdrawn", f"{_WITHDRAWN} {_ASK}")
        if invitation.id != invitation_id:
            raise _gone(
                "invitation_replaced",
                msgid("A newer invitation was sent to you. Open the link in the newest mail."),
            )
        if invitation.used:
            raise _gone(
                "invitation_used",
                msgid(
                    "This invitation was used already. Open the calendar sync from your own "
                    "profile in the booking product."
                ),
            )
        if invitation.expires_at <= self._clock.now():
            raise _gone("invitation_expired", f"{_EXPIRED} {_ASK}")
        return person

    def _read(self, token: str) -> tuple[PersonKey, str]:
        try:
            value = self._signer.verify(PURPOSE, token)
            person = PersonKey(
                account_id=AccountId(value["account_id"]), staff_id=StaffId(value["staff_id"])
            )
            return person, value["invitation_id"]
        except (UntrustedRequest, KeyError) as error:
            raise Rejected(
                status=400,
                code="malformed_invitation",
                detail=f"{_MALFORMED} {_ASK}",
            ) from error


def _gone(code: str, detail: str) -> Rejected:
    return Rejected(status=410, code=code, detail=detail)
