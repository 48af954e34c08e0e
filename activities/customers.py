"""The activity of one customer's push."""

from dataclasses import dataclass

from temporalio import activity

from activities.interceptor import denials, held_if_it_comes_back
from xerosync.core.errors import HoldError
from xerosync.customers.messages import PushResult, PushStep
from xerosync.customers.pushing import CustomerPush


@dataclass(frozen=True)
class CustomerActivities:
    """Activities of one customer."""

    pushing: CustomerPush

    @activity.defn
    async def push_customer(self, push: PushStep) -> PushResult:
        """Bring a customer into Xero, or what changed of it; say what was done, or why a person must decide."""
        try:
            with held_if_it_comes_back():
                return await self.pushing.push(push, denials())
        except HoldError as fault:
            return await self.pushing.reject(push, fault.words)
