"""The timers named ``sweep`` and ``renewal`` (R11.3): they only queue work."""

import azure.functions as func

from sync.app import get_app
from sync.background.failures import without_quotations


def timers(*, sweep_schedule: str, renewal_schedule: str) -> func.Blueprint:
    """Gives the timers' blueprint; schedules are NCRONTAB, so that their settings may be absent."""
    blueprint = func.Blueprint()

    @blueprint.timer_trigger(arg_name="timer", schedule=sweep_schedule)
    async def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the host's signature
        """Wakes whoever was not synced for too long."""
        with without_quotations("sweep"):
            await (await get_app()).sweep.start_sweep()

    @blueprint.timer_trigger(arg_name="timer", schedule=renewal_schedule)
    async def renewal(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the host's signature
        """Renews subscriptions well before they end."""
        with without_quotations("renewal"):
            await (await get_app()).sweep.start_renewal()

    return blueprint
