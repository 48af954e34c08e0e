"""`adopt`: a person says which document of Xero is one of Sequence's, although not everything agrees."""

from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Flag, Json, WithServices
from xerosync.cli.json_forms import AdoptData
from xerosync.cli.naming import named, spelled, split, typed_name
from xerosync.cli.terminal import console, print_json
from xerosync.operations import adopting
from xerosync.operations.adopting import NotAdoptedError


async def adopt(
    *document: Annotated[str, Parameter(help="the document as in `status`, and behind it the id of the one in Xero")],
    number: Flag = False,
    account: Account = None,
    json: Json = False,
    services: WithServices,
) -> None:
    """Say that a document in Xero is this one, although something differs: `adopt INV-1 ID`, or `adopt INV-1 --number`.

    It must be there, in force, and of the same number. What else differs is shown and kept in the document's timeline,
    with who decided. Nothing is changed in Xero.

    Args:
        number: the one in Xero that has its number

    Raises:
        NotAdoptedError: it can't be that one; says why.
    """
    name, rest = split(document)
    if len(rest) != (0 if number else 1):
        raise NotAdoptedError("Say which document of Xero it is: its id behind the document, or --number.")
    ref = await named(services, name, account)
    try:
        chosen = await adopting.adopt(services, ref, None if number else rest[0])
    except NotAdoptedError as error:
        its_number = (await services.store.document(ref)).number
        raise NotAdoptedError(await spelled(services, str(error), ref, its_number)) from error
    xero_id, differences = chosen.found.xero_id, chosen.differences
    if json:
        print_json(AdoptData(document=str(ref), xero_id=xero_id, differences=tuple(differences)))
        return
    although = f", although {'; '.join(differences)}" if differences else "; nothing of it differs"
    typed = await typed_name(services, ref, chosen.document.number)
    console.print(
        f"{chosen.document.number or ref} is {xero_id} in Xero from now on{although}. `starter.py status {typed}` "
        "shows what comes of it.",
        markup=False,
    )
