"""The stand-in's pages for people: what Xero's own pages would show and let someone do, without JavaScript.

`/` shows the organisations; `/page/…` their invoices, credit notes, contacts and settings. Every button is a form
that posts and comes back. `views` read, `forms` act, through the same functions as `/_sandbox/…`.
"""

from starlette.routing import Route

from standins.pages import or_missing
from standins.xero.errors import NotFoundError
from standins.xero.page import forms, views

_DOCUMENTS = "/page/{tenant}/{tab}"
_HANDLERS = (
    ("GET", "/", views.overview),
    ("POST", "/page/clock", forms.clock),
    ("GET", "/page/organisationlogin/default.aspx", views.deep_link),
    ("GET", "/page/{tenant}/contacts", views.contacts),
    ("GET", "/page/{tenant}/settings", views.settings),
    ("POST", "/page/{tenant}/contacts/{record}/{verb}", forms.contact),
    ("POST", "/page/{tenant}/accounts/{record}/{verb}", forms.account),
    ("POST", "/page/{tenant}/organisation/{verb}", forms.organisation),
    ("GET", _DOCUMENTS, views.documents),
    ("GET", f"{_DOCUMENTS}/{{record}}", views.document),
    ("POST", f"{_DOCUMENTS}/{{record}}/{{verb}}", forms.document),
)

routes = [
    Route(path, or_missing(handler, NotFoundError, views.missing), methods=[method])
    for method, path, handler in _HANDLERS
]
