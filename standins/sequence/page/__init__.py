"""The stand-in's pages for people: bill customers and see what becomes of it, without JavaScript.

`/` shows the accounts; `/page/…` their invoices, credit notes and customers. `views` read, `forms` act, through the
same functions as the API, so that webhooks are delivered as for a call.
"""

from starlette.routing import Route

from standins.pages import or_missing
from standins.sequence.errors import NotFound
from standins.sequence.page import forms, views

_DOCUMENTS = "/page/{account}/{tab}"
_HANDLERS = (
    ("GET", "/", views.overview),
    ("POST", "/page/clock", forms.clock),
    ("GET", "/page/open/{tab}/{id}", views.open_document),
    ("GET", "/page/{account}/customers", views.customers),
    ("POST", "/page/{account}/customers", forms.new_customer),
    ("POST", "/page/{account}/customers/{id}/archive", forms.archive_customer),
    ("GET", _DOCUMENTS, views.documents),
    ("POST", _DOCUMENTS, forms.new_document),
    ("GET", f"{_DOCUMENTS}/new", views.new_document),
    ("GET", f"{_DOCUMENTS}/{{id}}", views.document),
    ("POST", f"{_DOCUMENTS}/{{id}}/lines", forms.new_line),
    ("POST", f"{_DOCUMENTS}/{{id}}/payment-status", forms.payment_status),
    ("POST", f"{_DOCUMENTS}/{{id}}/{{verb}}", forms.move),
)

routes = [
    Route(path, or_missing(handler, NotFound, views.missing), methods=[method]) for method, path, handler in _HANDLERS
]
