"""`sign-in`: a link that lets somebody into the console, once."""

from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import WithoutTemporal, WithSettings
from xerosync.cli.terminal import console
from xerosync.core.errors import MisconfiguredError
from xerosync.core.people import Person, Role
from xerosync.documents.timeline import cause
from xerosync.services import Services
from xerosync.settings import Settings


async def sign_in(
    *,
    name: str | None = None,
    role: str = "admin",
    accounts: Annotated[tuple[str, ...], Parameter(name="--account", consume_multiple=True, negative="")] = (),
    services: WithoutTemporal,
    settings: WithSettings,
) -> None:
    """Print a link that signs somebody in to the console once, within ten minutes.

    Args:
        name: who signs in; without it, whoever runs this
        role: viewer, operator or admin
        accounts: the accounts that the person may see; without it, all

    Raises:
        MisconfiguredError: there is no such role, or XEROSYNC_PUBLIC_URL is not set.
    """
    try:
        person = Person(name=name or cause().who, role=Role.of(role), accounts=accounts or None)
    except ValueError as mistake:
        raise MisconfiguredError(f"--role: {mistake}.") from None
    console.print(await sign_in_link(services, settings, person), markup=False)


async def sign_in_link(services: Services, settings: Settings, person: Person) -> str:
    """Return a link that signs a person in, once, within ten minutes. Raises MisconfiguredError."""
    if settings.public_url is None:
        raise MisconfiguredError("XEROSYNC_PUBLIC_URL is not set: it is where people reach the console.")
    return f"{settings.public_url}/sign-in?token={await services.sessions.make_link(person)}"
