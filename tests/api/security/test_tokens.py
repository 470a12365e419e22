"""Bearer tokens of a local issuer."""

import base64
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jwt

from api.access_settings import AccessSettings
from api.errors import UnauthorizedError
from api.security import tokens
from api.security.tokens import Tokens
from cim.errors import BackendError, ConfigError
from cim.store.base import Store
from tests.api.cities import buildings, load, open_city
from tests.api.security.cities import bearer, classify, client_of

ISSUER, AUDIENCE = "https://id.example.gov.cn", "cim-server"


class Issuer:
    """An OpenID provider: its keys, and tokens that it signs."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {
            "r1": jwk.generate_key("RSA", 2048, {"kid": "r1", "use": "sig"}),
            "e1": jwk.generate_key("EC", "P-256", {"kid": "e1", "use": "sig"}),
        }
        self.asked = 0

    @property
    def jwks(self) -> dict[str, Any]:
        """What the provider publishes."""
        return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}

    def token(self, kid: str = "r1", alg: str = "RS256", **claims: Any) -> str:
        """A token that is good unless `claims` say otherwise; None leaves a claim out."""
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "u-17",
            "exp": int(time.time()) + 60,
            "preferred_username": "李雷",
            "roles": ["planner"],
        }
        said = {name: value for name, value in (usual | claims).items() if value is not None}
        return jwt.encode({"alg": alg, "kid": kid}, said, self.keys[kid], algorithms=[alg])


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def settings(keys: str, **more: Any) -> AccessSettings:
    return AccessSettings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_keys=keys, **more)


@pytest.fixture
def checked(issuer: Issuer, tmp_path: Path) -> Tokens:
    """What checks tokens with the issuer's keys from a file."""
    (tmp_path / "jwks.json").write_text(json.dumps(issuer.jwks))
    return Tokens(settings("jwks.json"), tmp_path)


@pytest.mark.parametrize(("kid", "alg"), [("r1", "RS256"), ("r1", "PS256"), ("e1", "ES256")])
def test_a_good_token_says_who_asks(issuer: Issuer, checked: Tokens, kid: str, alg: str) -> None:
    principal = checked.principal(issuer.token(kid, alg))
    assert (principal.name, principal.key, principal.proof) == ("李雷", "u-17", "token")
    assert principal.roles == {"planner"}


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": int(time.time()) - 120}, "expired"),
        ({"exp": None}, "no 'exp'"),
        ({"exp": "soon"}, "no numbers"),
        ({"nbf": int(time.time()) + 3600}, "begins to hold"),
        ({"iss": "https://evil.example"}, "issuer 'https://evil.example'"),
        ({"aud": "another"}, "for 'another'"),
        ({"aud": ["a", "b"]}, "not for this server"),
        ({"sub": None}, "no 'sub'"),
    ],
)
def test_a_token_that_is_not_for_this_server_now_is_refused(
    issuer: Issuer, checked: Tokens, claims: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnauthorizedError, match=words) as refusal:
        checked.principal(issuer.token(**claims))
    assert "\n" not in str(refusal.value)


def test_one_of_several_audiences_is_enough(issuer: Issuer, checked: Tokens) -> None:
    assert checked.principal(issuer.token(aud=["other", AUDIENCE])).is_known


def test_a_token_without_signature_is_refused(checked: Tokens) -> None:
    parts: list[dict[str, Any]] = [
        {"alg": "none"},
        {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": 9e9},
    ]
    text = ".".join(_encoded(part) for part in parts) + "."
    with pytest.raises(UnauthorizedError, match="signed by 'none' are not taken"):
        checked.principal(text)


def test_a_public_key_is_no_shared_secret(issuer: Issuer, checked: Tokens) -> None:
    """The old trick: sign by HS256 with the text of the public key."""
    public = issuer.keys["r1"].as_pem(private=False)
    secret = jwk.OctKey.import_key(base64.b64encode(public))
    text = jwt.encode({"alg": "HS256", "kid": "r1"}, {"sub": "x"}, secret, algorithms=["HS256"])
    with pytest.raises(UnauthorizedError, match="signed by 'HS256' are not taken"):
        checked.principal(text)


def test_a_token_of_another_key_of_the_same_name_is_refused(
    issuer: Issuer, checked: Tokens
) -> None:
    other = Issuer()
    with pytest.raises(UnauthorizedError, match="does not hold"):
        checked.principal(other.token())
    assert checked.principal(issuer.token()).is_known


@pytest.mark.parametrize("text", ["a.b", "a.b.c", "....", "e30.e30.e30", "x" * 20_000, "é.é.é"])
def test_what_is_no_token_is_refused(checked: Tokens, text: str) -> None:
    with pytest.raises(UnauthorizedError):
        checked.principal(text)


def test_roles_are_found_below_other_claims(issuer: Issuer, tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text(json.dumps(issuer.jwks))
    deep = Tokens(settings("jwks.json", oidc_roles_claim="realm_access.roles"), tmp_path)
    token = issuer.token(realm_access={"roles": ["a", 5]}, preferred_username=None)
    principal = deep.principal(token)
    assert principal.roles == {"a"}
    assert principal.name == "u-17"
    assert deep.principal(issuer.token()).roles == frozenset()


def test_a_shared_secret_among_the_keys_is_not_used(issuer: Issuer, tmp_path: Path) -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "s1"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [secret]}))
    with pytest.raises(BackendError, match="no public key for signatures"):
        Tokens(settings("jwks.json"), tmp_path).principal(issuer.token())


def test_a_missing_file_of_keys_is_a_wrong_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"oidc_keys: .*jwks\.json: no such file"):
        Tokens(settings("jwks.json"), tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [{"oidc_algorithms": ("HS256",)}, {"oidc_algorithms": ("none",)}, {"oidc_audience": ""}],
)
def test_settings_that_would_let_anyone_in_are_refused(wrong: dict[str, Any]) -> None:
    usual = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_keys": "jwks.json"}
    with pytest.raises(ValueError, match=r"legal|needs"):
        AccessSettings(**(usual | wrong))


@pytest.fixture
def served(issuer: Issuer) -> Iterator[str]:
    """Address of the issuer's keys."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(issuer.jwks).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_from_the_network_are_kept_and_followed_when_they_change(
    issuer: Issuer, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, before = Tokens(settings(served), tmp_path), issuer.asked
    for _ in range(5):
        checked.principal(issuer.token())
    assert issuer.asked == before + 1
    issuer.keys["r2"] = jwk.generate_key("RSA", 2048, {"kid": "r2", "use": "sig"})
    with pytest.raises(UnauthorizedError):
        checked.principal(issuer.token("r2"))
    monkeypatch.setattr(tokens, "RETRIED_S", 0.0)
    assert checked.principal(issuer.token("r2")).is_known
    del issuer.keys["r2"]


def test_an_issuer_that_cannot_be_reached_is_not_the_callers_fault(
    issuer: Issuer, tmp_path: Path
) -> None:
    with pytest.raises(BackendError, match="keys cannot be read"):
        Tokens(settings("http://127.0.0.1:9/jwks"), tmp_path).principal(issuer.token())


def test_a_token_opens_what_its_roles_allow(issuer: Issuer, tmp_path: Path) -> None:
    store: Store = open_city(tmp_path)
    load(store, buildings())
    classify(tmp_path, "buildings", "internal")
    (tmp_path / "jwks.json").write_text(json.dumps(issuer.jwks))
    access: dict[str, Any] = {
        "oidc_issuer": ISSUER,
        "oidc_audience": AUDIENCE,
        "oidc_keys": "jwks.json",
        "roles": {"planner": {"classification": "internal"}},
    }
    client = client_of(tmp_path, store, **access)
    items = "/ogc/collections/buildings/items"
    assert client.get(items).status_code == 404
    assert client.get(items, headers=bearer(issuer.token())).status_code == 200
    assert client.get(items, headers=bearer(issuer.token(roles=[]))).status_code == 404
    expired = client.get(items, headers=bearer(issuer.token(exp=1)))
    assert expired.status_code == 401
    assert 'error="invalid_token"' in expired.headers["www-authenticate"]
    store.close()


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
