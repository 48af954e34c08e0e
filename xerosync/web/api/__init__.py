"""The JSON API for the billing system: where documents and customers stand, and reports of what changed in Sequence.

Each request carries a key of one account (keys.py); ids of other accounts do not exist for it. `operations.py` lists
what there is, once for the router and for the OpenAPI description.
"""

from xerosync.web.api.routes import api_routes

__all__ = ["api_routes"]
