"""One customer's push into Xero, repeated for every signal that arrives meanwhile. It ends when all is written.

Both signals start the workflow where none runs, so none is lost and either may be first. `push` asks for the customer
to be in Xero. `changed` says that Sequence created or changed it: a customer that is not in Xero is then pushed only
where the connection's setting says so.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.customers import CustomerActivities
    from xerosync.core.temporal import ACTIVITY_RETRY, ACTIVITY_TIMEOUT, CUSTOMER_PUSH, HEARTBEAT_TIMEOUT, XERO_HOLD
    from xerosync.customers.describe import push_sentence
    from xerosync.customers.messages import PushInput, PushOutcome, PushResult, PushStep


@workflow.defn(name=CUSTOMER_PUSH)
class CustomerPushWorkflow:
    """Keeps one customer's contact in Xero as Sequence has the customer."""

    @workflow.init
    def __init__(self, start: PushInput) -> None:
        self._start = start
        self._signals = 0
        self._asked = False
        self._result: PushResult | None = None

    @workflow.run
    async def run(self, start: PushInput) -> PushResult:
        """Push until no signal arrived meanwhile; return what the last push did."""
        while True:
            signals = self._signals
            result: PushResult = await workflow.execute_activity_method(
                CustomerActivities.push_customer,
                PushStep(
                    account_id=start.account_id,
                    customer_id=start.customer_id,
                    asked=self._asked or self._signals == 0,
                ),
                start_to_close_timeout=ACTIVITY_TIMEOUT,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=ACTIVITY_RETRY,
                summary="Bring the customer into Xero",
            )
            self._result = result if self._result is None else result.after(self._result)
            self._show(self._result)
            if signals == self._signals:
                return self._result
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start)

    @workflow.signal
    def push(self) -> None:
        """Somebody asks for the customer to be in Xero."""
        self._signals += 1
        self._asked = True

    @workflow.signal
    def changed(self) -> None:
        """The customer was created or changed in Sequence."""
        self._signals += 1

    @workflow.query
    def status(self) -> PushResult | None:
        """Return what the last push did; None before the first has ended."""
        return self._result

    def _show(self, result: PushResult) -> None:
        hold = result.hold.value if result.outcome is PushOutcome.HELD and result.hold else None
        shown = workflow.info().typed_search_attributes.get(XERO_HOLD)
        if hold != shown:
            workflow.upsert_search_attributes([XERO_HOLD.value_set(hold) if hold else XERO_HOLD.value_unset()])
        workflow.set_current_details(push_sentence(self._start.customer_id, result))
