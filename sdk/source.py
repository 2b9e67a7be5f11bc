"""Where licences come from: LicenseService of the cloud."""

from typing import Protocol

from gen.betterproto.brinkbyte.license import v1
from mesh.channel import MeshChannel
from mesh.errors import Internal
from rights.errors import KeyRefused
from rights.keys import KeySet, PublicKey
from rights.trust import PublishedKeys, Trust
from sdk.calls import call

_SERVICE = "/brinkbyte.license.v1.LicenseService"
_CALL_S = 10.0


class LicenseSource(Protocol):
    """What the keeper asks."""

    async def token(self) -> str:
        """The customer's token, signed just now. Raises MeshError."""
        ...

    async def public_keys(self) -> PublishedKeys:
        """The keys that verify tokens now. Raises MeshError."""
        ...

    async def revocation_list(self) -> str:
        """The customer's revocation list, signed just now. Raises MeshError."""
        ...


class CloudLicenses:
    """Asks the cloud within ten seconds."""

    def __init__(self, channel: MeshChannel, customer_id: str) -> None:
        """`channel` carries the customer's API key."""
        self._channel = channel
        self._customer_id = customer_id

    async def token(self) -> str:
        """As LicenseSource.token."""
        request = bytes(v1.GetLicenseTokenRequest(tenant_id=self._customer_id))
        answer = await call(
            self._channel, f"{_SERVICE}/GetLicenseToken", request, timeout_s=_CALL_S
        )
        return v1.GetLicenseTokenResponse.parse(answer).license

    async def public_keys(self) -> PublishedKeys:
        """As LicenseSource.public_keys."""
        answer = await call(self._channel, f"{_SERVICE}/GetPublicKeys", b"", timeout_s=_CALL_S)
        published = v1.GetPublicKeysResponse.parse(answer)
        try:
            keys = KeySet(PublicKey.from_pem(key.public_key_pem, key.kid) for key in published.keys)
        except KeyRefused as error:
            raise Internal(f"the cloud's licence keys cannot be used: {error}") from error
        trust = published.trust
        retired = frozenset(trust.retired_kids if trust is not None else ())
        return PublishedKeys(keys, Trust(trust.epoch if trust is not None else 0, retired))

    async def revocation_list(self) -> str:
        """As LicenseSource.revocation_list."""
        request = bytes(v1.GetRevocationListRequest(tenant_id=self._customer_id))
        answer = await call(
            self._channel, f"{_SERVICE}/GetRevocationList", request, timeout_s=_CALL_S
        )
        return v1.GetRevocationListResponse.parse(answer).revocation_list
