"""Settings: read from environment and file, and every mistake named in one line."""

import base64
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from xerosync.core.errors import MisconfiguredError
from xerosync.settings import PREFIX, LogFormat, LogLevel, Settings

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
"""A Fernet key, the same in every process: it is part of tests' names."""

NEEDED = {
    "DATABASE_URL": "postgresql://u:s3cret@db:5432/xerosync?sslmode=verify-full",
    "TOKEN_KEYS": KEY,
    "XERO_CLIENT_ID": "client",
}
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def _load(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in {**NEEDED, **values}.items():
        monkeypatch.setenv(PREFIX + name, value)
    return Settings.load(None)


def _mistakes(monkeypatch: pytest.MonkeyPatch, **values: str) -> list[str]:
    with pytest.raises(MisconfiguredError) as raised:
        _load(monkeypatch, **values)
    assert "s3cret" not in str(raised.value)
    return str(raised.value).split("\n")


def test_what_is_needed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(monkeypatch)
    assert settings.database_url.get_secret_value() == NEEDED["DATABASE_URL"]
    assert [key.get_secret_value() for key in settings.token_keys] == [KEY]
    assert settings.xero_client_secret is None
    assert (settings.xero_api_url, settings.xero_identity_url) == (
        "https://api.xero.com",
        "https://identity.xero.com",
    )
    assert settings.sequence_api_url == "https://eu.sequencehq.com/api"
    assert settings.sequence_app_url == "https://app.sequencehq.com"
    assert settings.sweep_interval == timedelta(minutes=15)
    assert settings.health_port == 8081
    assert (settings.log_format, settings.log_level) == (LogFormat.CONSOLE, LogLevel.INFO)


def test_no_secret_is_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(monkeypatch, XERO_CLIENT_SECRET="s3cret", SEQUENCE_CLIENT_ID="id", SEQUENCE_CLIENT_SECRET="s3cret")
    assert "s3cret" not in repr(settings)
    assert KEY not in repr(settings)


def test_values_take_the_forms_people_write_them_in(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(
        monkeypatch,
        TOKEN_KEYS=f"{KEY}, {KEY} ,",
        XERO_API_URL="http://127.0.0.1:9000/",
        SWEEP_INTERVAL="PT2H",
        LOG_LEVEL="debug",
        LOG_FORMAT="json",
        PUBLIC_URL="https://sync.example.com/",
    )
    assert len(settings.token_keys) == 2
    assert settings.xero_api_url == "http://127.0.0.1:9000"
    assert settings.public_url == "https://sync.example.com"
    assert settings.sweep_interval == timedelta(hours=2)
    assert (settings.log_format, settings.log_level) == (LogFormat.JSON, LogLevel.DEBUG)


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(monkeypatch, XERO_API_URL="", SEQUENCE_CLIENT_ID="", SEQUENCE_CLIENT_SECRET="", HEALTH_PORT="")
    assert settings.xero_api_url == "https://api.xero.com"
    assert settings.sequence_client_id is None
    assert settings.health_port == 8081


def test_all_that_is_missing_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mistakes = _mistakes(monkeypatch, DATABASE_URL="", TOKEN_KEYS="", XERO_CLIENT_ID="")
    assert [line.split(":")[0] for line in mistakes] == [
        "XEROSYNC_DATABASE_URL is not set",
        "XEROSYNC_TOKEN_KEYS is not set",
        "XEROSYNC_XERO_CLIENT_ID is not set",
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "mysql://u:s3cret@db/x", "XEROSYNC_DATABASE_URL must be of the form postgresql://"),
        ("TOKEN_KEYS", f"{KEY},s3cret", 'Key 2 of XEROSYNC_TOKEN_KEYS is not a Fernet key: make one with python -c "'),
        ("XERO_API_URL", "api.xero.com", "XEROSYNC_XERO_API_URL must be an address that begins with https://"),
        ("PUBLIC_URL", "https://u:s3cret@x", "XEROSYNC_PUBLIC_URL must be an address that begins with https://"),
        (
            "SWEEP_INTERVAL",
            "often",
            "XEROSYNC_SWEEP_INTERVAL must be an ISO 8601 duration from PT5M (five",
        ),
        (
            "SWEEP_INTERVAL",
            "PT299S",
            "XEROSYNC_SWEEP_INTERVAL must be an ISO 8601 duration from PT5M (five",
        ),
        (
            "SWEEP_INTERVAL",
            "P2D",
            "XEROSYNC_SWEEP_INTERVAL must be an ISO 8601 duration from PT5M (five",
        ),
        ("HEALTH_PORT", "70000", "XEROSYNC_HEALTH_PORT must be a port from 0 (any that is free) to 65535, not '70000'"),
        ("CACHED_WORKFLOWS", "9", "XEROSYNC_CACHED_WORKFLOWS must be a number from 10 to 100000, not '9'."),
        ("DATABASE_CONNECTIONS", "1", "XEROSYNC_DATABASE_CONNECTIONS must be a number from 2 to 500, not '1'."),
        ("KEEP_DETAILS", "P29D", "XEROSYNC_KEEP_DETAILS must be an ISO 8601 duration from P30D to P36500D"),
        ("KEEP_DETAILS", "P36501D", "XEROSYNC_KEEP_DETAILS must be an ISO 8601 duration from P30D to P36500D"),
        ("KEEP_DELIVERIES", "P31D", "XEROSYNC_KEEP_DELIVERIES must be an ISO 8601 duration from P2D to P30D."),
        ("WEBHOOK_MAX_AGE", "P30DT1S", "XEROSYNC_WEBHOOK_MAX_AGE must be an ISO 8601 duration from PT1M to P30D."),
        ("ENCRYPT_PAYLOADS", "perhaps", "XEROSYNC_ENCRYPT_PAYLOADS must be true or false, not 'perhaps'."),
        ("LOG_FORMAT", "xml", "XEROSYNC_LOG_FORMAT must be json or console, not 'xml'."),
        ("LOG_LEVEL", "loud", "XEROSYNC_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not 'LOUD'."),
        ("SEQUENCE_CLIENT_ID", "id", "XEROSYNC_SEQUENCE_CLIENT_ID and XEROSYNC_SEQUENCE_CLIENT_SECRET belong together"),
        ("DATABSE_URL", "x", "XEROSYNC_DATABSE_URL is not a setting: did you mean XEROSYNC_DATABASE_URL?"),
        ("COLOUR", "blue", "XEROSYNC_COLOUR is not a setting: remove it; .env.example lists the settings."),
    ],
)
def test_a_mistake_is_one_line_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    (mistake,) = _mistakes(monkeypatch, **{name: value})
    assert mistake.startswith(sentence)


def test_details_are_kept_for_good_unless_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _load(monkeypatch).keep_details is None
    assert _load(monkeypatch, KEEP_DETAILS="P730D").keep_details == timedelta(days=730)


def test_deliveries_are_kept_as_long_as_they_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    (mistake,) = _mistakes(monkeypatch, KEEP_DELIVERIES="P2D", WEBHOOK_MAX_AGE="P3D")
    assert mistake.startswith("XEROSYNC_KEEP_DELIVERIES must not be shorter than XEROSYNC_WEBHOOK_MAX_AGE")


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    lines = [
        *(f"{PREFIX}{name}={value}" for name, value in NEEDED.items()),
        "XEROSYNC_HEALTH_PORT=1",
        "POSTGRES_PORT=5",
    ]
    env_file.write_text("\n".join(lines))
    assert Settings.load(env_file).health_port == 1
    monkeypatch.setenv("XEROSYNC_HEALTH_PORT", "2")
    assert Settings.load(env_file).health_port == 2


def test_a_slip_of_the_pen_in_the_file_is_told_too(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(
        "\n".join([*(f"{PREFIX}{name}={value}" for name, value in NEEDED.items()), "XEROSYNC_LOGFORMAT=json"])
    )
    with pytest.raises(MisconfiguredError, match=r"^XEROSYNC_LOGFORMAT is not a setting: did you mean XEROSYNC_LOG_"):
        Settings.load(env_file)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MisconfiguredError, match=r"\.env can't be read \(UnicodeDecodeError\)"):
        Settings.load(env_file)


DURATIONS = {"webhook_max_age": "P1D", "keep_deliveries": "P30D", "sweep_interval": "PT15M", "xero_timeout": "PT30S"}
"""As they are written, where Python would write them otherwise."""


def test_the_example_explains_every_setting_with_its_default() -> None:
    explained = dict(re.findall(r"^(?:# )?(XEROSYNC_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(explained) == {PREFIX + field.upper() for field in Settings.model_fields}
    for field, info in Settings.model_fields.items():
        shown = explained[PREFIX + field.upper()]
        default = DURATIONS.get(field, info.get_default())
        assert shown == ("" if info.is_required() or default in (None, ()) else str(default))


def test_the_real_xero_is_not_given_less_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = "XEROSYNC_XERO_TIMEOUT may be shorter than PT30S for a stand-in only: leave it out."
    assert _mistakes(monkeypatch, XERO_TIMEOUT="PT2S") == [mistake]
    settings = _load(monkeypatch, XERO_TIMEOUT="PT2S", XERO_API_URL="http://127.0.0.1:1")
    assert settings.xero_timeout == timedelta(seconds=2)


def test_a_way_to_sign_in_is_set_up_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = {"OIDC_ISSUER": "https://id.example.com/"}
    both = "XEROSYNC_OIDC_ISSUER and XEROSYNC_OIDC_CLIENT_ID belong together: set both or neither."
    assert _mistakes(monkeypatch, **issuer) == [both]
    back = "XEROSYNC_OIDC_ISSUER needs XEROSYNC_PUBLIC_URL: the issuer sends people back there."
    assert _mistakes(monkeypatch, **issuer, OIDC_CLIENT_ID="console") == [back]
    settings = _load(monkeypatch, **issuer, OIDC_CLIENT_ID="console", PUBLIC_URL="https://sync.example.com")
    assert (settings.oidc_issuer, settings.oidc_role_claim) == ("https://id.example.com", "roles")
    short = "XEROSYNC_FORWARD_AUTH_SECRET must be a text of at least 16 characters."
    assert _mistakes(monkeypatch, FORWARD_AUTH_SECRET="s3cret") == [short]
    proxies = "XEROSYNC_FORWARD_AUTH_SECRET needs XEROSYNC_TRUSTED_PROXIES: only they may use it."
    assert _mistakes(monkeypatch, FORWARD_AUTH_SECRET="s3cret" * 4) == [proxies]


@pytest.mark.parametrize("site", ["app.example.com", "https://a.example/x", "https://a;b", "https://*", "'self'", "*"])
def test_who_may_frame_us_is_named_by_sites(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    [mistake] = _mistakes(monkeypatch, EMBED_ANCESTORS=f"https://app.example.com, {site}")
    assert mistake.startswith("XEROSYNC_EMBED_ANCESTORS must be sites such as https://app.example.com")
    settings = _load(monkeypatch, EMBED_ANCESTORS="https://app.example.com/, https://*.example.org:8443")
    assert settings.embed_ancestors == ("https://app.example.com", "https://*.example.org:8443")


@pytest.mark.parametrize(
    ("name", "value", "host"),
    [
        ("DATABASE_URL", "postgresql://u:s3cret@db:5432/x", "db"),
        ("DATABASE_URL", "postgresql://u:s3cret@127.0.0.1:5432,db-2:5432/x", "db-2"),
        ("DATABASE_URL", "postgresql://u:s3cret@db/x?sslmode=prefer", "db"),
        ("DATABASE_URL", "postgresql://u:s3cret@/x?host=db", "db"),
        ("DATABASE_URL", "postgresql://u:s3cret@[fd00::1]:5432/x", "fd00::1"),
        ("MIGRATION_DATABASE_URL", "postgresql://o:s3cret@db:5432/x", "db"),
        ("XERO_API_URL", "http://xero.test", "xero.test"),
        ("XERO_IDENTITY_URL", "http://xero.test:8080", "xero.test"),
        ("SEQUENCE_API_URL", "http://10.0.0.1/api", "10.0.0.1"),
        ("TRACES_URL", "http://collector:4318", "collector"),
    ],
)
def test_no_secret_leaves_this_machine_unencrypted_unless_a_person_named_the_host(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, host: str
) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    (mistake,) = _mistakes(monkeypatch, **{name: value})
    assert mistake.startswith(f"XEROSYNC_{name} ")
    assert f" {host} " in mistake
    assert "XEROSYNC_PLAINTEXT_HOSTS" in mistake
    assert _load(monkeypatch, **{name: value}, PLAINTEXT_HOSTS=f"other,{host.upper()}")


@pytest.mark.parametrize("host", ["*", "*.example.com", "http://db", "db:5432", "db/x", "a b"])
def test_what_names_no_host_would_allow_nothing_and_is_refused(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    (mistake,) = _mistakes(monkeypatch, PLAINTEXT_HOSTS=f"xero.test, {host}")
    expected = "XEROSYNC_PLAINTEXT_HOSTS must be names of hosts with a comma between them, without scheme, port or"
    assert mistake.startswith(expected)
    assert repr(host) in mistake


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_needs_no_tls(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert _load(monkeypatch, DATABASE_URL=f"postgresql://u:s3cret@{host}:5432/x", XERO_API_URL=f"http://{host}:1")
    assert _load(monkeypatch, DATABASE_URL="postgresql://u:s3cret@/x?host=/run/postgresql")


def test_the_driver_s_own_variable_turns_tls_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    assert _load(monkeypatch, DATABASE_URL="postgresql://u:s3cret@db:5432/x")


def test_a_url_of_the_owner_that_is_none_is_named_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    (mistake,) = _mistakes(monkeypatch, MIGRATION_DATABASE_URL="mysql://o:s3cret@db/x")
    assert mistake.startswith("XEROSYNC_MIGRATION_DATABASE_URL must be of the form postgresql://")
