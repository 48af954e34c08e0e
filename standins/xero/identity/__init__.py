"""Xero's identity: apps, consent, tokens and connections, and the check of every call against them.

`IdentityState` holds it all, on the stand-in's clock; `routes` are the pages and endpoints of
`login.xero.com`, `identity.xero.com` and `/connections`, and the `/_sandbox/identity/…` controls;
`AuthenticationMiddleware` refuses calls with Xero's own words.
"""

from standins.xero.identity.controls import control_routes
from standins.xero.identity.endpoints import endpoint_routes
from standins.xero.identity.middleware import AuthenticationMiddleware
from standins.xero.identity.records import App, Connection, Grant, OAuthError
from standins.xero.identity.state import IdentityState

routes = [*endpoint_routes, *control_routes]

__all__ = ["App", "AuthenticationMiddleware", "Connection", "Grant", "IdentityState", "OAuthError", "routes"]
