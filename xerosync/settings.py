"""All settings, read from the environment and `.env` and checked at start; each mistake is one line.

`.env.example` explains them to whoever sets them. Those of Temporal (`TEMPORAL_…`) are Temporal's own and are read
by its client.
"""

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from xerosync.connection.grant import ScopeSet
from xerosync.core.errors import MisconfiguredError
from xerosync.core.plaintext import may_be_plaintext
from xerosync.postgres.address import check_tls, place_of
from xerosync.postgres.cipher import Cipher

PREFIX = "XEROSYNC_"

_T = TypeVar("_T")


class LogFormat(StrEnum):
    """How a line of the log is written."""

    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """The lowest level that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("not an address")
    return url.rstrip("/")


def _database(url: SecretStr) -> SecretStr:
    return _checked(place_of, url)


def _migration_database(url: SecretStr) -> SecretStr:
    return _checked(partial(place_of, setting="XEROSYNC_MIGRATION_DATABASE_URL"), url)


def _split(keys: object) -> object:
    return [key.strip() for key in keys.split(",") if key.strip()] if isinstance(keys, str) else keys


def _fernet_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    return _checked(Cipher, keys)


def _checked(check: Callable[[_T], object], value: _T) -> _T:
    try:
        check(value)
    except MisconfiguredError as mistake:
        raise ValueError(str(mistake)) from None
    return value


def _site(url: str) -> str:
    if not re.fullmatch(r"https?://(\*\.)?[a-z0-9.-]+(:\d{1,5})?", url.lower().rstrip("/")):
        raise ValueError("not a site")
    return url.lower().rstrip("/")


def _host(name: str) -> str:
    with suppress(ValueError):
        return str(ip_address(name))
    if not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", name.lower()):
        raise ValueError("not a host")
    return name.lower()


Host = Annotated[str, AfterValidator(_host)]
"""The name of a host, or its IP address: no pattern, port or scheme, which would allow nothing."""

Site = Annotated[str, AfterValidator(_site)]
"""A site without a path, such as https://app.example.com or https://*.example.com."""

WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An http(s) address without user, query and closing slash."""

SweepInterval = Annotated[timedelta, Field(ge=timedelta(minutes=5), le=timedelta(days=1))]
"""How often an organisation is swept. A sweep takes two calls of Xero's day of 1,000 or 5,000; a day has 288 of the
shortest intervals."""

A_SWEEP_INTERVAL = "an ISO 8601 duration from PT5M (five minutes) to P1D (a day), such as PT15M"

KeepDetails = Annotated[timedelta, Field(ge=timedelta(days=30), le=timedelta(days=36_500))]
"""For how long details are kept, if not for good. Sweeps judge by those of the last days how webhooks do."""

A_KEEP_DETAILS = "an ISO 8601 duration from P30D to P36500D (a hundred years), such as P730D"

_AN_ADDRESS = "an address that begins with https:// (or http:// for a stand-in)"


class Settings(BaseSettings):
    """The settings. A field's description completes "must be …" in the line about a mistake."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        description="postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    )
    migration_database_url: Annotated[SecretStr, AfterValidator(_migration_database)] | None = Field(
        default=None, description="postgresql://OWNER:PASSWORD@HOST:PORT/DATABASE"
    )
    database_connections: int = Field(default=10, ge=2, le=500, description="a number from 2 to 500")
    plaintext_hosts: Annotated[tuple[Host, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(), description="names of hosts with a comma between them, without scheme, port or pattern"
    )
    token_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split), AfterValidator(_fernet_keys)] = (
        Field(description="Fernet keys with a comma between them, the newest first; .env.example says how to make one")
    )

    xero_client_id: str = Field(description="the client id of your app at developer.xero.com")
    xero_client_secret: SecretStr | None = Field(default=None, description="the secret of that app")
    xero_scopes: ScopeSet = Field(default=ScopeSet.GRANULAR, description="granular or broad")
    xero_api_url: WebAddress = Field(default="https://api.xero.com", description=_AN_ADDRESS)
    xero_identity_url: WebAddress = Field(default="https://identity.xero.com", description=_AN_ADDRESS)
    xero_login_url: WebAddress = Field(default="https://login.xero.com", description=_AN_ADDRESS)
    xero_app_url: WebAddress = Field(default="https://go.xero.com", description=_AN_ADDRESS)
    xero_timeout: timedelta = Field(
        default=timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(seconds=30),
        description="an ISO 8601 duration from PT1S to PT30S",
    )

    sequence_api_url: WebAddress = Field(default="https://eu.sequencehq.com/api", description=_AN_ADDRESS)
    sequence_client_id: str | None = Field(default=None, description="the client id of a Sequence API key")
    sequence_client_secret: SecretStr | None = Field(default=None, description="the secret of that key")
    sequence_account_id: str | None = Field(default=None, description="the id of the account that the key opens")
    sequence_app_url: WebAddress = Field(default="https://app.sequencehq.com", description=_AN_ADDRESS)

    cached_workflows: int = Field(default=1_000, ge=10, le=100_000, description="a number from 10 to 100000")
    encrypt_payloads: bool = Field(default=False, description="true or false")
    operator: str | None = Field(default=None, description="the name of whoever types the commands")
    public_url: WebAddress | None = Field(default=None, description=_AN_ADDRESS)
    temporal_ui_url: WebAddress | None = Field(default=None, description=_AN_ADDRESS)
    serve_host: str = Field(default="127.0.0.1", description="an address of this machine, or 0.0.0.0 for all of them")
    serve_port: int = Field(default=8080, ge=0, le=65535, description="a port from 0 (any that is free) to 65535")
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(), description="IP addresses or networks with a comma between them"
    )
    forward_auth_secret: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        default=None, description="a text of at least 16 characters"
    )
    forward_auth_accounts: bool = Field(default=False, description="true or false")
    oidc_issuer: WebAddress | None = Field(default=None, description=_AN_ADDRESS)
    oidc_client_id: str | None = Field(default=None, description="the client id of the console at that issuer")
    oidc_client_secret: SecretStr | None = Field(default=None, description="the secret of that client")
    oidc_role_claim: str = Field(default="roles", description="the name of a claim")
    oidc_account_claim: str | None = Field(default=None, description="the name of a claim")
    embed_ancestors: Annotated[tuple[Site, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(), description="sites such as https://app.example.com with a comma between them"
    )
    webhook_max_age: timedelta = Field(
        default=timedelta(days=1),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description="an ISO 8601 duration from PT1M to P30D",
    )
    xero_webhook_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(), description="webhook keys of your app at developer.xero.com with a comma between them"
    )
    keep_details: KeepDetails | None = Field(default=None, description=A_KEEP_DETAILS)
    keep_deliveries: timedelta = Field(
        default=timedelta(days=30),
        ge=timedelta(days=2),
        le=timedelta(days=30),
        description="an ISO 8601 duration from P2D to P30D",
    )
    sweep_interval: SweepInterval = Field(default=timedelta(minutes=15), description=A_SWEEP_INTERVAL)
    health_host: str = Field(default="127.0.0.1", description="an address of this machine, or 0.0.0.0 for all of them")
    health_port: int = Field(default=8081, ge=0, le=65535, description="a port from 0 (any that is free) to 65535")
    metrics_host: str = Field(default="127.0.0.1", description="an address of this machine, or 0.0.0.0 for all of them")
    metrics_port: int | None = Field(default=None, ge=0, le=65535, description="a port from 0 (any) to 65535")
    temporal_metrics_port: int | None = Field(default=None, ge=1, le=65535, description="a port from 1 to 65535")
    traces_url: WebAddress | None = Field(default=None, description=_AN_ADDRESS)
    log_format: LogFormat = Field(default=LogFormat.CONSOLE, description="json or console")
    log_level: Annotated[LogLevel, BeforeValidator(lambda level: str(level).upper())] = Field(
        default=LogLevel.INFO, description="DEBUG, INFO, WARNING or ERROR"
    )

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.sequence_client_id is None) != (self.sequence_client_secret is None):
            raise ValueError(
                "XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET belong together: set both or neither."
            )
        return self

    @model_validator(mode="after")
    def _ways_to_sign_in_are_whole(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("XEROSYNC_OIDC_ISSUER and XEROSYNC_OIDC_CLIENT_ID belong together: set both or neither.")
        if self.oidc_issuer is not None and self.public_url is None:
            raise ValueError("XEROSYNC_OIDC_ISSUER needs XEROSYNC_PUBLIC_URL: the issuer sends people back there.")
        if self.forward_auth_secret is not None and not self.trusted_proxies:
            raise ValueError("XEROSYNC_FORWARD_AUTH_SECRET needs XEROSYNC_TRUSTED_PROXIES: only they may use it.")
        return self

    @model_validator(mode="after")
    def _repetitions_are_known(self) -> Self:
        if self.keep_deliveries < self.webhook_max_age:
            raise ValueError(
                "XEROSYNC_KEEP_DELIVERIES must not be shorter than XEROSYNC_WEBHOOK_MAX_AGE: a delivery that comes "
                "again is known as long as its row is kept."
            )
        return self

    @model_validator(mode="after")
    def _real_xero_is_given_its_time(self) -> Self:
        # Twice this after its intent a create that is not found counts as never made: too soon could double a document.
        if self.xero_timeout < timedelta(seconds=30) and urlsplit(self.xero_api_url).hostname == "api.xero.com":
            raise ValueError("XEROSYNC_XERO_TIMEOUT may be shorter than PT30S for a stand-in only: leave it out.")
        return self

    @model_validator(mode="after")
    def _nothing_secret_goes_unencrypted(self) -> Self:
        databases = {"DATABASE_URL": self.database_url, "MIGRATION_DATABASE_URL": self.migration_database_url}
        for name, url in databases.items():
            if url is not None:
                _checked(partial(check_tls, setting=PREFIX + name, plaintext_hosts=self.plaintext_hosts), url)
        addresses = {
            "XERO_API_URL": self.xero_api_url,
            "XERO_IDENTITY_URL": self.xero_identity_url,
            "XERO_LOGIN_URL": self.xero_login_url,
            "SEQUENCE_API_URL": self.sequence_api_url,
            "OIDC_ISSUER": self.oidc_issuer or "",
            "TRACES_URL": self.traces_url or "",
        }
        for name, address in addresses.items():
            parts = urlsplit(address)
            if parts.scheme == "http" and not may_be_plaintext(parts.hostname or "", self.plaintext_hosts):
                raise ValueError(
                    f"{PREFIX}{name} would send secrets to {parts.hostname} unencrypted: begin it with https://, or "
                    f"name that host in {PREFIX}PLAINTEXT_HOSTS if nobody else is in the network between."
                )
        return self

    @classmethod
    def load(cls, env_file: Path | None = Path(".env")) -> Self:
        """Read the environment and, below it, a file of the same form.

        Raises:
            MisconfiguredError: all mistakes, one a line; no secret is repeated.
        """
        mistakes = list(_unknown({**_in_file(env_file), **os.environ}))
        try:
            settings = cls(_env_file=env_file, _env_file_encoding="utf-8")  # pyright: ignore[reportCallIssue] - the fields come from the environment
        except ValidationError as error:
            mistakes += [_sentence(each) for each in error.errors(include_url=False)]
        else:
            if not mistakes:
                return settings
        raise MisconfiguredError("\n".join(mistakes))


def _in_file(env_file: Path | None) -> Mapping[str, str | None]:
    try:
        return dotenv_values(env_file, encoding="utf-8") if env_file else {}
    except (OSError, UnicodeDecodeError) as error:
        raise MisconfiguredError(f"{env_file} can't be read ({type(error).__name__}): correct or remove it.") from error


def _unknown(environment: Mapping[str, str | None]) -> Iterable[str]:
    """Report every variable that begins like a setting and is none: most often a typing error."""
    known = [field.upper() for field in Settings.model_fields]
    for name in sorted(environment):
        ours = name.removeprefix(PREFIX)
        if ours != name and ours not in known:
            close = difflib.get_close_matches(ours, known, n=1)
            meant = f"did you mean {PREFIX}{close[0]}?" if close else "remove it; .env.example lists the settings."
            yield f"{name} is not a setting: {meant}"


def _sentence(mistake: ErrorDetails) -> str:
    words = mistake["msg"].removeprefix("Value error, ")
    if PREFIX in words:
        return words
    field = str(mistake["loc"][0])
    name, info = PREFIX + field.upper(), Settings.model_fields[field]
    if mistake["type"] == "missing":
        return f"{name} is not set: it must be {info.description}."
    # A secret that is not of its form is a secret all the same.
    given: Any = None if "SecretStr" in repr(info.annotation) else mistake.get("input")
    return f"{name} must be {info.description}{_instead(given)}."


def _instead(given: Any) -> str:
    # An @ may stand behind a password.
    return f", not {given!r}" if isinstance(given, str) and "@" not in given else ""
