"""Reading a database URL so far that a message can name the place without giving anything secret away."""

from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from xerosync.model.errors import MisconfiguredError

_FORM = (
    "XEROSYNC_DATABASE_URL must be of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
    "with special characters in the password written as %XX."
)


def place_of(url: SecretStr) -> str:
    """Return what messages call a database: `database NAME at HOST:PORT`, without its user or password.

    Raises:
        MisconfiguredError: the URL is not one of PostgreSQL's. The message does not repeat it.
    """
    try:
        parts = urlsplit(url.get_secret_value())
        authority = parts.netloc.rpartition("@")[2]
        query = parse_qs(parts.query)
    except ValueError:
        raise MisconfiguredError(_FORM) from None
    # An @ after the authority is the rest of a password whose special characters were not written as %XX.
    strayed = "@" in parts.path or "@" in parts.query or parts.fragment
    host = authority or ", ".join(query.get("host", []))
    if parts.scheme not in ("postgresql", "postgres") or strayed or not host:
        raise MisconfiguredError(_FORM)
    return " ".join(("database", unquote(parts.path.lstrip("/")), "at", host)).replace("  ", " ")
