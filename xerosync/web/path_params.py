"""Names in the path of a request. What can't be a name is answered as one that does not exist."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from xerosync.core.documents import DocumentRef, Kind

_LONGEST = 200


def document_ref(request: Request, account_id: str) -> DocumentRef:
    """Return the document of an account that a path names by `{kind}` and `{id}`. Raises HTTPException 404."""
    kind = request.path_params["kind"]
    if kind not in list(Kind):
        raise HTTPException(404, f"There is no such kind of document: choose one of {', '.join(Kind)}.")
    return DocumentRef(account_id=account_id, kind=Kind(kind), document_id=name_of(request))


def name_of(request: Request) -> str:
    """Return the `{id}` of a path. Raises HTTPException 404 where it can be nobody's."""
    name: str = request.path_params["id"]
    if not can_name(name):
        raise HTTPException(404, f"An id has at most {_LONGEST} characters that can be printed.")
    return name


def can_name(text: str) -> bool:
    """Tell whether a text in a path can be the name of anything."""
    return len(text) <= _LONGEST and text.isprintable()
