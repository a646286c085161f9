"""The council's log-in: OpenID Connect, authorization code with PKCE (Authlib), ID token checked (joserfc).

Everything that must come back belongs to one browser: state, nonce and the PKCE verifier are derived from the token
in its cookie, so none of them is stored, and none of them tells the token.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

SCOPE = "openid profile email"
SECONDS = 5.0  # to wait for each answer of the provider
KEPT = timedelta(hours=1)  # how long its addresses and keys are believed; an unknown key is asked for at once
LEEWAY = 60  # seconds that its clock may be wrong by
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
)  # never none or HS
OURSELVES = ("127.0.0.1", "localhost", "::1")  # only there may the provider be without TLS
LARGEST = 256 * 1024  # bytes of one answer


class CouncilFault(Exception):
    """The council's log-in did not open anything. `reason`: "down", "refused" or "untrusted"."""

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(what)
        self.reason = reason


@dataclass(frozen=True)
class Person:
    """Who the council says it is. `subject` never changes; `username` may."""

    issuer: str
    subject: str
    username: str


@dataclass(frozen=True)
class _Provider:
    """What discovery told."""

    issuer: str
    authorize: str
    token: str
    keys_at: str
    posts_secret: bool
    keys: KeySet
    read_at: datetime


class Council:
    """One OpenID provider. `name`: on the button; `claim`: which one is the username of an account here.

    Only a provider for the council's own people will do: whoever it lets choose their own username or e-mail
    address could choose a colleague's.
    """

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, *, name: str = "the council", claim: str
    ) -> None:
        self.name = name
        self._issuer, self._id, self._secret, self._claim = issuer, client_id, client_secret, claim
        self._kept: _Provider | None = None

    def question(self, token: str, redirect: str, now: datetime) -> str:
        """The address to send the browser to. Raises CouncilFault."""
        with self._http() as http:
            provider = self._provider(http, now)
            address, _state = self._client(http, redirect).create_authorization_url(
                provider.authorize,
                state=state_of(token),
                nonce=_derived(token, "nonce"),
                code_verifier=_derived(token, "verifier"),
            )
        return str(address)

    def answer(self, token: str, sent: Mapping[str, str], redirect: str, now: datetime) -> Person:
        """Who it is, from what the browser brought back. Whether `state` is right the caller has seen.

        Raises CouncilFault.
        """
        if "error" in sent or not sent.get("code"):
            raise CouncilFault("refused", "the provider sent an error instead of a code")
        with self._http() as http:
            provider = self._provider(http, now)
            if sent.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
                raise CouncilFault("untrusted", "another provider answered")
            answered = self._exchange(http, provider, sent["code"], token, redirect)
            id_token = answered.get("id_token")
            if not isinstance(id_token, str):
                raise CouncilFault("untrusted", "no ID token")
            claims = self._checked(
                http, provider, id_token, token, str(answered.get("access_token", "")), now
            )
        return self._person(provider, claims)

    def _exchange(
        self, http: httpx.Client, provider: _Provider, code: str, token: str, redirect: str
    ) -> Mapping[str, Any]:
        form = {"code": code, "code_verifier": _derived(token, "verifier"), "redirect_uri": redirect}
        auth: httpx.Auth = httpx.Auth()
        if self._secret and not provider.posts_secret:
            auth = httpx.BasicAuth(quote(self._id, safe=""), quote(self._secret, safe=""))  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": self._id, **({"client_secret": self._secret} if self._secret else {})}
        client = self._client(http, redirect)
        try:
            found = client.fetch_token(provider.token, grant_type="authorization_code", auth=auth, **form)
        except httpx.HTTPError as fault:
            raise CouncilFault("down", type(fault).__name__) from None
        except AuthlibBaseError as fault:
            raise CouncilFault("refused", "".join(filter(str.isidentifier, str(fault.error)))[:40]) from None
        except ValueError:
            raise CouncilFault("down", "the token endpoint does not speak JSON") from None
        return dict(found)

    def _checked(  # noqa: PLR0917 - what a token is checked against
        self, http: httpx.Client, provider: _Provider, id_token: str, token: str, access: str, now: datetime
    ) -> Mapping[str, Any]:
        try:
            try:
                read = jwt.decode(id_token, provider.keys, algorithms=ALGORITHMS)
            except InvalidKeyIdError:  # the provider has new keys
                read = jwt.decode(id_token, self._keys(http, provider.keys_at), algorithms=ALGORITHMS)
                self._kept = None
            options = {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": self._id},
                "nonce": {"essential": True, "value": _derived(token, "nonce")},
            }
            params = {"client_id": self._id, "access_token": access, "nonce": _derived(token, "nonce")}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as fault:
            raise CouncilFault("untrusted", type(fault).__name__) from None
        return dict(claims)

    def _person(self, provider: _Provider, claims: Mapping[str, Any]) -> Person:
        username, subject = claims.get(self._claim), claims["sub"]
        if self._claim == "email" and claims.get("email_verified") is False:
            raise CouncilFault("untrusted", "an e-mail address that nobody has checked")
        if not isinstance(subject, str) or not subject:
            raise CouncilFault("untrusted", "no subject")
        return Person(provider.issuer, subject, username if isinstance(username, str) else "")

    def _provider(self, http: httpx.Client, now: datetime) -> _Provider:
        kept = self._kept
        if kept is not None and now - kept.read_at < KEPT:
            return kept
        told = self._json(http, self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        issuer = str(told.get("issuer", ""))
        if issuer.rstrip("/") != self._issuer.rstrip("/"):
            raise CouncilFault("untrusted", "discovery names another issuer")
        ends = [str(told.get(f"{what}_endpoint", "")) for what in ("authorization", "token")]
        authorize, token, keys_at = (_safe(address) for address in (*ends, str(told.get("jwks_uri", ""))))
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        keys = self._keys(http, keys_at)
        posts = "client_secret_basic" not in ways
        self._kept = _Provider(issuer, authorize, token, keys_at, posts, keys, now)
        return self._kept

    def _keys(self, http: httpx.Client, address: str) -> KeySet:
        told: Any = self._json(http, address)
        try:
            return KeySet.import_key_set(told)
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise CouncilFault("untrusted", f"keys: {type(fault).__name__}") from None

    def _json(self, http: httpx.Client, address: str) -> Mapping[str, Any]:
        try:
            response = http.get(_safe(address))
            response.raise_for_status()
            told = response.json()
        except httpx.HTTPError as fault:
            raise CouncilFault("down", type(fault).__name__) from None
        except ValueError:
            raise CouncilFault("down", "no JSON") from None
        if not isinstance(told, dict) or len(response.content) > LARGEST:
            raise CouncilFault("down", "no JSON object, or far too long")
        return told

    def _client(self, http: httpx.Client, redirect: str) -> Any:
        return OAuth2Client(
            session=http,
            client_id=self._id,
            client_secret=self._secret,
            scope=SCOPE,
            redirect_uri=redirect,
            code_challenge_method="S256",
        )

    def _http(self) -> httpx.Client:
        return httpx.Client(timeout=SECONDS, headers={"accept": "application/json"})


def state_of(token: str) -> str:
    """What the provider must bring back for this browser's token."""
    return _derived(token, "state")


def _derived(token: str, what: str) -> str:
    """43 letters that only the holder of the token can make."""
    digest = hashlib.sha256(f"welcome desk: {what}\0{token}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _safe(address: str) -> str:
    """The address, if nobody in between can read or change what goes there. Raises CouncilFault."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in OURSELVES):
        return address
    raise CouncilFault("untrusted", "an address without https")
