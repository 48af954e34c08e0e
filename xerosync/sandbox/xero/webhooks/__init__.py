"""Xero's webhooks: registration with the intent to receive, signed deliveries, retries for a day.

`Webhooks.emit` is called by the resources for every change, whoever made it, the integration's own writes
included. Events carry no state.
"""

from xerosync.sandbox.xero.webhooks.controls import routes
from xerosync.sandbox.xero.webhooks.hook import Hook, HookStatus
from xerosync.sandbox.xero.webhooks.registry import Webhooks

__all__ = ["Hook", "HookStatus", "Webhooks", "routes"]
