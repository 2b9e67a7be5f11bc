"""Page tokens of the list of cameras: opaque to the caller, the last camera's id to us."""

import base64
import binascii

from mesh.errors import InvalidArgument


def write_camera_token(camera_id: str) -> str:
    """The token of the page after `camera_id`; the empty id gives the empty token."""
    return base64.urlsafe_b64encode(camera_id.encode()).decode()


def read_camera_token(token: str) -> str:
    """What `write_camera_token` wrote. Raises InvalidArgument for anything else."""
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise InvalidArgument.field("page_token", "is not a token of a former page") from None
