"""Signs what travels through browsers and mails (R3.4, R4.4)."""

from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer

from sync.errors import UntrustedRequest


class ItsdangerousSigner:
    """HMAC-SHA256 with a key derived for each purpose; fulfils ``sync.ports.Signer``.

    Whether a token has expired or was used is for the service to judge: the value says when.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def sign(self, purpose: str, value: dict[str, str]) -> str:
        """Gives a URL-safe token."""
        token = self._serializer(purpose).dumps(value)
        return token if isinstance(token, str) else token.decode()

    def verify(self, purpose: str, token: str) -> dict[str, str]:
        """Gives the signed value back.

        Raises:
            UntrustedRequest: The token is malformed, not ours, or for another purpose.
        """
        try:
            value = self._serializer(purpose).loads(token)
        except (BadData, ValueError) as error:
            raise UntrustedRequest(f"a token for {purpose} does not verify") from error
        return {str(name): str(content) for name, content in dict(value).items()}

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret,
            salt=f"connect-up.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )
