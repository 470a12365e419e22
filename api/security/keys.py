"""API keys: made, checked, revoked.

They lie in `access/keys.sqlite` of the workspace, beside the city's data, not in it: the data is
copied and handed on. A key is `cim_<id>_<secret>`; of the secret, 256 random bits, only a digest
is kept. That is why the digest may be a fast one: there is nothing to guess.
"""

import hashlib
import hmac
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from api.errors import UnauthorizedError
from api.security.principals import Principal
from cim.errors import BackendError, InputError, NotFoundError

FOLDER: Final = "access"
FILE: Final = "keys.sqlite"
PREFIX: Final = "cim_"
KEY = re.compile(r"cim_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_ID_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH: Final = 10
_SECRET_BYTES: Final = 32
_USED_EVERY_S: Final = 60.0
"""How often at most the use of a key is written down."""

_WAIT_S: Final = 30.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  salt BLOB NOT NULL,
  digest BLOB NOT NULL,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at TEXT,
  revoked_at TEXT,
  last_used_at TEXT
)
"""
_COLUMNS: Final = "id, name, roles, created_at, created_by, expires_at, revoked_at, last_used_at"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; times are ISO 8601, UTC."""

    id: str
    name: str
    """Whose it is: a person, a program, a department."""

    roles: tuple[str, ...]
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """A key to be made."""

    name: str
    roles: tuple[str, ...]
    created_by: str
    expires_at: str | None = None


class Keys:
    """The keys of a workspace. Safe for use from several threads.

    What another process changes is seen at the next check.
    """

    def __init__(self, workspace: Path) -> None:
        """The keys of `workspace`; a workspace without any is one where none was made yet."""
        self._path = workspace / FOLDER / FILE
        self._guard = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._version = -1
        self._known: Mapping[str, tuple[Key, bytes, bytes]] = {}
        self._used: dict[str, float] = {}

    def create(self, draft: KeyDraft) -> tuple[Key, str]:
        """A new key, and its text, which is kept nowhere.

        Raises:
            InputError: The name is empty or long, there is no role, or it has expired already.
            BackendError: The disk refuses.
        """
        _check(draft)
        key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
        secret, salt = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_bytes(16)
        made = (key_id, draft.name, orjson.dumps(draft.roles).decode(), salt)
        rest = (_digest(secret, salt), _now(), draft.created_by, draft.expires_at)
        with self._writing() as database:
            database.execute(
                "INSERT INTO key (id, name, roles, salt, digest, created_at, created_by, "
                "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                made + rest,
            )
        return self.get(key_id), f"{PREFIX}{key_id}_{secret}"

    def all(self) -> tuple[Key, ...]:
        """All keys, the oldest first; those revoked and expired too."""
        with self._guard:
            self._refresh()
            return tuple(sorted((k for k, _, _ in self._known.values()), key=_age))

    def get(self, key_id: str) -> Key:
        """A key.

        Raises:
            NotFoundError: There is none with this id.
        """
        for key in self.all():
            if key.id == key_id:
                return key
        raise NotFoundError(f"no key {key_id!r}; see: cim key list")

    def revoke(self, key_id: str) -> Key:
        """End a key: the next request with it is refused, by every server process.

        Raises:
            NotFoundError: There is none with this id.
            BackendError: The disk refuses.
        """
        self.get(key_id)
        with self._writing() as database:
            database.execute(
                "UPDATE key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                (_now(), key_id),
            )
        return self.get(key_id)

    def principal(self, text: str) -> Principal:
        """Whose key this is.

        Raises:
            UnauthorizedError: It is no key, or none that is valid now.
        """
        parts = KEY.fullmatch(text)
        if parts is None:
            raise UnauthorizedError(
                "the key is malformed; legal: cim_<id>_<secret>, as it was made"
            )
        with self._guard:
            self._refresh()
            known = self._known.get(parts[1])
        if known is None or not hmac.compare_digest(_digest(parts[2], known[1]), known[2]):
            raise UnauthorizedError("the key is not known here")
        key = known[0]
        if key.revoked_at is not None:
            raise UnauthorizedError(f"key {key.id} was revoked at {key.revoked_at}")
        if key.expires_at is not None and key.expires_at <= _now():
            raise UnauthorizedError(f"key {key.id} expired at {key.expires_at}")
        return Principal(key.name, frozenset(key.roles), "key", key.id)

    def note_use(self, key_id: str) -> bool:
        """Whether the use of a key now should be written down: once a minute is enough."""
        now_s = time.monotonic()
        if now_s - self._used.get(key_id, -_USED_EVERY_S) < _USED_EVERY_S:
            return False
        self._used[key_id] = now_s
        return True

    def write_use(self, key_id: str) -> None:
        """Write down that a key is in use now.

        Raises:
            BackendError: The disk refuses.
        """
        with self._writing() as database:
            database.execute("UPDATE key SET last_used_at = ? WHERE id = ?", (_now(), key_id))

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _refresh(self) -> None:
        """Read the keys anew if a process has changed them."""
        if self._reader is None:
            if not self._path.is_file():
                return
            self._reader = self._open()
            self._version = -1
        (version,) = self._reader.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            rows = self._reader.execute(f"SELECT salt, digest, {_COLUMNS} FROM key").fetchall()
            self._known = {row[2]: (_key(row[2:]), row[0], row[1]) for row in rows}
            self._version = version

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            with closing(self._open()) as database:
                self._path.chmod(0o600)
                database.execute("PRAGMA journal_mode = WAL")
                database.execute(_TABLE)
                yield database
        except (OSError, sqlite3.OperationalError) as error:
            raise BackendError(f"{self._path}: cannot be written: {error}") from error


def _key(row: tuple[str, ...]) -> Key:
    key_id, name, roles, *times = row
    return Key(key_id, name, tuple(orjson.loads(roles)), *times)


def _age(key: Key) -> tuple[str, str]:
    return key.created_at, key.id


def _digest(secret: str, salt: bytes) -> bytes:
    return hashlib.blake2b(secret.encode(), key=salt, digest_size=32).digest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check(draft: KeyDraft) -> None:
    if not NAME.fullmatch(draft.name) or not draft.name.strip():
        raise InputError(f"name {draft.name[:80]!r}; legal: 1 to 100 characters, no control ones")
    if not draft.roles:
        raise InputError("a key needs a role; see [access.roles] in cim.toml")
    if draft.expires_at is not None and draft.expires_at <= _now():
        raise InputError(f"expires at {draft.expires_at}: that is past")
