"""Xero's webhooks: registration with the intent to receive, signed deliveries, retries for a day.

`Webhooks.emit` is called by the resources for every change, whoever made it, the integration's own writes
included. Events carry no state.
"""

from standins.xero.webhooks.controls import routes
from standins.xero.webhooks.hook import Hook, HookStatus
from standins.xero.webhooks.registry import Webhooks

__all__ = ["Hook", "HookStatus", "Webhooks", "routes"]
