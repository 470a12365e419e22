"""Bodies of requests that are longer than is taken."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from api.errors import TooLargeError
from api.numerals import exceeds


def check_length(scope: Scope, most_bytes: int) -> None:
    """Refuse a body that says it is longer than `most_bytes`.

    Raises:
        TooLargeError: It does.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and exceeds(value.decode("latin-1"), most_bytes):
            raise TooLargeError(too_long(most_bytes))


def limited(receive: Receive, most_bytes: int) -> Receive:
    """`receive` that ends a body which turns out to be longer than `most_bytes`."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most_bytes:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_long(most_bytes))
        return message

    return receive_some


def too_long(most_bytes: int) -> str:
    """What a caller is told."""
    return f"the body is longer than {most_bytes / 1e6:g} MB; legal: at most that"
