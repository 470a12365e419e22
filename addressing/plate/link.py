"""What the QR code of a plate holds."""

import re

from cim.errors import InputError

HOST = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*"
)
HOST_LEGAL = "a host name in ASCII with, where needed, :port and /path, as in dz.example.gov.cn"


def plate_link(host: str, code: str) -> str:
    """The address of the web that a plate's code leads to.

    Raises:
        InputError: The host is not one.
    """
    if not HOST.fullmatch(host):
        raise InputError(f"host {host!r} of plates; legal: {HOST_LEGAL}")
    return f"https://{host}/a/{code}"
