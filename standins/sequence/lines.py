"""Lines and line groups of documents: resources of their own, a page of at most 100 at a time.

A list is in descending order of `index` unless `sortOrder=ASC` is asked for, as all lists are. Lines and groups
change while their document is a draft; its totals follow at once. A group's lines survive it, ungrouped.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import rendering
from standins.sequence.documents import announce
from standins.sequence.drafting import new_line, next_index, total
from standins.sequence.errors import Invalid, NotFound
from standins.sequence.kinds import CREDIT_NOTE, INVOICE, Kind
from standins.sequence.lifecycle import require_editable
from standins.sequence.paging import Page, respond
from standins.sequence.reading import Fields, fields_of
from standins.sequence.records import Document, Group, Line
from standins.sequence.state import account_of, new_id


class Lines:
    """The endpoints of the lines and groups of one kind of document."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @property
    def routes(self) -> list[Route]:
        """The routes."""
        lines = self._kind.path + "/{id}/line-items"
        groups = self._kind.path + "/{id}/line-item-groups"
        return [
            Route(lines, self.list, methods=["GET"]),
            Route(lines, self.create, methods=["POST"]),
            Route(lines + "/{line}", self.replace, methods=["PUT"]),
            Route(lines + "/{line}", self.delete, methods=["DELETE"]),
            Route(groups, self.list_groups, methods=["GET"]),
            Route(groups, self.create_group, methods=["POST"]),
            Route(groups + "/{group}", self.replace_group, methods=["PUT"]),
            Route(groups + "/{group}", self.delete_group, methods=["DELETE"]),
        ]

    async def list(self, request: Request) -> Response:
        """GET a page of lines."""
        document = self._document(request)
        page = Page.asked(request)
        by_index = {line.index: line for line in document.lines}
        return respond(page, list(by_index), lambda index: rendering.line(self._kind, document, by_index[index]))

    async def create(self, request: Request) -> Response:
        """POST a line at the end, 201."""
        fields = await self._line_fields(request)
        if self._kind is CREDIT_NOTE:
            fields.full("creditNoteId")
        document = self._document(request)
        line = add_line(request, self._kind, document, fields)
        return ExactJSONResponse(rendering.line(self._kind, document, line), 201)

    async def replace(self, request: Request) -> Response:
        """PUT a line in the place of another."""
        fields = await self._line_fields(request)
        document = self._editable(request)
        place, line = self._line(document, request)
        line = new_line(document, fields, line_id=line.id, index=line.index)
        document.lines[place] = line
        total(document)
        return self._changed(request, document, rendering.line(self._kind, document, line))

    async def delete(self, request: Request) -> Response:
        """DELETE a line; answers what it was."""
        document = self._editable(request)
        place, line = self._line(document, request)
        del document.lines[place]
        total(document)
        return self._changed(request, document, rendering.line(self._kind, document, line))

    async def list_groups(self, request: Request) -> Response:
        """GET a page of groups."""
        document = self._document(request)
        page = Page.asked(request)
        by_index = {group.index: group for group in document.groups}
        return respond(page, list(by_index), lambda index: rendering.group(self._kind, document, by_index[index]))

    async def create_group(self, request: Request) -> Response:
        """POST a group at the end, 201."""
        fields = await fields_of(request)
        document = self._editable(request)
        group = new_group(fields, group_id=new_id(), index=next_index(document.groups))
        document.groups.append(group)
        return self._changed(request, document, rendering.group(self._kind, document, group), status=201)

    async def replace_group(self, request: Request) -> Response:
        """PUT a group's title and description."""
        fields = await fields_of(request)
        document = self._editable(request)
        place, group = self._group(document, request)
        group = new_group(fields, group_id=group.id, index=group.index)
        document.groups[place] = group
        return self._changed(request, document, rendering.group(self._kind, document, group))

    async def delete_group(self, request: Request) -> Response:
        """DELETE a group; answers what it was."""
        document = self._editable(request)
        place, group = self._group(document, request)
        body = rendering.group(self._kind, document, group)
        del document.groups[place]
        for line in document.lines:
            if line.group_id == group.id:
                line.group_id = None
        return self._changed(request, document, body)

    def _document(self, request: Request) -> Document:
        return account_of(request).register(self._kind).get(request.path_params["id"])

    def _editable(self, request: Request) -> Document:
        document = self._document(request)
        require_editable(account_of(request).register(self._kind), document)
        return document

    async def _line_fields(self, request: Request) -> Fields:
        fields = await fields_of(request)
        fields.need("externalIds", fields.raw("externalIds"))
        if self._kind is CREDIT_NOTE:
            named = fields.text("creditNoteId")
            if named is not None and named != request.path_params["id"]:
                raise Invalid("creditNoteId names another credit note")
        return fields

    def _line(self, document: Document, request: Request) -> tuple[int, Line]:
        wanted = request.path_params["line"]
        for place, line in enumerate(document.lines):
            if line.id == wanted:
                return place, line
        raise NotFound(f"The {self._kind.name} {document.id} has no line {wanted}")

    def _group(self, document: Document, request: Request) -> tuple[int, Group]:
        wanted = request.path_params["group"]
        for place, group in enumerate(document.groups):
            if group.id == wanted:
                return place, group
        raise NotFound(f"The {self._kind.name} {document.id} has no group {wanted}")

    def _changed(self, request: Request, document: Document, body: rendering.JSON, *, status: int = 200) -> Response:
        document.updated_at = account_of(request).stamp()
        announce(request, self._kind, document, "UPDATED")
        return ExactJSONResponse(body, status)


def add_line(request: Request, kind: Kind, document: Document, fields: Fields) -> Line:
    """Add a line to a draft of the request's account. Raises Invalid, NotAllowed."""
    account = account_of(request)
    require_editable(account.register(kind), document)
    line = new_line(document, fields, line_id=new_id(), index=next_index(document.lines))
    document.lines.append(line)
    document.net += line.net
    document.tax += line.tax
    document.updated_at = account.stamp()
    announce(request, kind, document, "UPDATED")
    return line


def new_group(fields: Fields, *, group_id: str, index: int) -> Group:
    """Return a group that stands in no document yet. Raises Invalid."""
    return Group(id=group_id, index=index, title=fields.full("title"), description=fields.text("description"))


routes = [*Lines(INVOICE).routes, *Lines(CREDIT_NOTE).routes]
