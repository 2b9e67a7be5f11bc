"""The cloud as the source of licences and of the keys that sign them."""

from collections.abc import Sequence

from edge.licensing.answers import Answers, CameraAnswer
from edge.uplink.calls import call
from edge.uplink.link import CloudLink
from gen.betterproto.brinkbyte.common import v1 as common
from gen.betterproto.brinkbyte.license import v1
from mesh.errors import Internal
from rights.claims import Epoch
from rights.errors import KeyRefused
from rights.keys import KeySet, PublicKey
from rights.licenses import LicenseMode, LicenseStatus
from rights.trust import NEVER_TOLD, PublishedKeys, Trust

_SERVICE = "/brinkbyte.license.v1.LicenseService"

_MODES = {
    v1.LicenseMode.TRIAL: LicenseMode.TRIAL,
    v1.LicenseMode.BASE: LicenseMode.BASE,
}
_STATUSES = {
    v1.LicenseStatus.ACTIVE: LicenseStatus.ACTIVE,
    v1.LicenseStatus.SUSPENDED: LicenseStatus.SUSPENDED,
}


class CloudLicenses:
    """Implements `edge.licensing.answers.LicenseSource` over the link."""

    def __init__(self, link: CloudLink) -> None:
        """The device's own certificate says for whom it asks."""
        self._link = link

    async def validate(self, camera_ids: Sequence[str]) -> Answers:
        """As LicenseSource.validate."""
        response = await call(
            self._link.channel,
            f"{_SERVICE}/BatchValidateCameras",
            v1.BatchValidateCamerasRequest(camera_ids=list(camera_ids)),
            v1.BatchValidateCamerasResponse,
        )
        answers = [_answer(each) for each in response.validations]
        if [answer.camera_id for answer in answers] != list(camera_ids):
            raise Internal("the cloud answered about other cameras than asked")
        return Answers(answers, response.device_token, read_epoch(response.epoch))

    async def public_keys(self) -> PublishedKeys:
        """As LicenseSource.public_keys."""
        response = await call(
            self._link.channel,
            f"{_SERVICE}/GetPublicKeys",
            v1.GetPublicKeysRequest(),
            v1.GetPublicKeysResponse,
        )
        try:
            keys = KeySet(PublicKey.from_pem(key.public_key_pem, key.kid) for key in response.keys)
        except KeyRefused as error:
            raise Internal(f"the cloud's licence keys cannot be used: {error}") from error
        return PublishedKeys(keys, read_trust(response.trust))

    async def revocation_list(self) -> str:
        """As LicenseSource.revocation_list."""
        response = await call(
            self._link.channel,
            f"{_SERVICE}/GetRevocationList",
            v1.GetRevocationListRequest(),
            v1.GetRevocationListResponse,
        )
        return response.revocation_list


def read_epoch(epoch: common.Epoch | None) -> Epoch:
    """The message as a value."""
    return Epoch(epoch.incarnation, epoch.number) if epoch is not None else Epoch("", 0)


def read_trust(trust: common.Trust | None) -> Trust:
    """The message as a value."""
    return Trust(trust.epoch, frozenset(trust.retired_kids)) if trust is not None else NEVER_TOLD


def _answer(message: v1.CameraValidation) -> CameraAnswer:
    validation = message.validation or v1.ValidateCameraResponse()
    reason = validation.reason
    return CameraAnswer(
        camera_id=message.camera_id,
        is_valid=validation.is_valid,
        mode=_MODES.get(validation.license_mode, LicenseMode.UNLICENSED),
        status=_STATUSES.get(validation.status, LicenseStatus.EXPIRED),
        reason="" if validation.is_valid else (reason.name or "CAMERA_UNLICENSED"),
        message=validation.message,
        cached_until=validation.cached_until,
    )
