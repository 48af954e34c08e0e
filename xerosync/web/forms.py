"""What a form of ours sends: texts, never files."""

from starlette.requests import Request

MOST_FIELDS = 2_000
"""Of one form: a page of a list with a box to tick in each row has as many."""


async def fields(request: Request) -> dict[str, str]:
    """Return the fields by name, without spaces at the ends; of several with one name the last."""
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}


async def ticked(request: Request, name: str) -> list[str]:
    """Return the values of all boxes of that name that are ticked."""
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return [value for value in form.getlist(name) if isinstance(value, str)]
