"""Naming a document by its number alone, which several accounts or both kinds may use."""

from collections.abc import Sequence

from xerosync.model.links import DocumentLink
from xerosync.store.errors import AmbiguousNumberError


def the_one(number: str, links: Sequence[DocumentLink]) -> DocumentLink | None:
    """Return the only link, None where there is none.

    Raises:
        AmbiguousNumberError: there are several; the message names them.
    """
    if len(links) > 1:
        found = ", ".join(f"{link.ref} of account {link.ref.account_id}" for link in links)
        raise AmbiguousNumberError(f"Several documents are numbered {number}: {found}. Give kind and id.")
    return links[0] if links else None
