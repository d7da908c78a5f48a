"""Microsoft's sign-in in memory: whose tokens are kept."""

from sync.ports import SignIn, SignInRefused
from sync.words import PersonKey
from tests.fakes.hooks import Hooked, hooked


class FakeSignIn(Hooked):
    """Fulfils ``MicrosoftSignIn``.

    Attributes:
        answer: What ``finish`` gives.
        tokens: The tokens kept of each person.
    """

    def __init__(self, answer: SignIn | SignInRefused = SignInRefused.FAILED) -> None:
        super().__init__()
        self.answer = answer
        self.tokens: dict[PersonKey, str] = {}

    @hooked
    async def begin(self, *, login_hint: str | None = None) -> tuple[str, str]:
        """Gives an address that names the hint, and a flow."""
        return f"https://login.example.org/?login_hint={login_hint or ''}", "flow"

    @hooked
    async def finish(self, flow: str, query: dict[str, str]) -> SignIn | SignInRefused:
        """Gives the answer that was set."""
        del flow, query
        return self.answer

    @hooked
    async def remember(self, person: PersonKey, sign_in: SignIn) -> None:
        """Keeps the tokens."""
        self.tokens[person] = sign_in.tokens

    @hooked
    async def forget(self, person: PersonKey) -> None:
        """Destroys the tokens."""
        self.tokens.pop(person, None)
