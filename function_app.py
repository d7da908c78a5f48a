"""The functions that the Azure host runs. Only registrations: importing this has to stay cheap."""

import azure.functions as func

from sync.config import Settings
from sync.triggers import (
    accounts,
    auth,
    contracts,
    elsewhere,
    health,
    me,
    pages,
    plugin,
    queues,
    webhooks,
)
from sync.triggers.timers import timers

# A missing setting stops the start here, with one message that names all of them.
_settings = Settings.from_env()

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in (
    accounts.blueprint,
    auth.blueprint,
    contracts.blueprint,
    elsewhere.blueprint,
    health.blueprint,
    me.blueprint,
    pages.blueprint,
    plugin.blueprint,
    queues.blueprint,
    webhooks.blueprint,
    timers(sweep_schedule=_settings.sweep_schedule, renewal_schedule=_settings.renewal_schedule),
):
    app.register_functions(blueprint)
