"""What the control door of the identity platform drives, told without the server behind it."""

from typing import Protocol

from simulators.common.faults import FaultBoard
from simulators.common.request_log import RequestLog
from simulators.microsoft365.identity_model import Directory, Person
from simulators.microsoft365.identity_sign_in import SignInSwitches


class IdentityActs(Protocol):
    """The acts and switches of `IdentitySimulator`, which says what each of them does."""

    directory: Directory
    faults: FaultBoard
    log: RequestLog
    switches: SignInSwitches
    expires_in: int

    def reset(self) -> None:
        """Forget people and tokens, and behave as by default."""

    def person(self, address: str) -> Person:
        """Give somebody who was added."""

    def add_user(
        self, address: str, *, name: str | None, oid: str | None, tid: str | None
    ) -> Person:
        """Add a Microsoft account."""

    def revoke(self, address: str) -> None:
        """Refuse every refresh token given out so far."""

    def withdraw_consent(self, address: str) -> None:
        """Forget what the person has consented to."""

    def consent(self, address: str, *scopes: str) -> None:
        """Grant scopes."""

    def change_password(self, address: str, *, by_admin: bool) -> None:
        """End the person's browser sessions."""

    def close_account(self, address: str) -> None:
        """Close the account."""

    def require_mfa(self, address: str) -> None:
        """Refuse refreshes until the person has signed in again."""

    def require_admin(self, address: str, mode: str) -> None:
        """Let only an administrator consent."""

    def expire_access_tokens(self, address: str | None = None) -> None:
        """End access tokens."""
