"""The functions that the Azure host runs. Only registrations: importing this has to stay cheap."""

import azure.functions as func

from sync.background import queues
from sync.background.timers import timers
from sync.config import Settings
from sync.logs import keep_libraries_quiet
from sync.site import (
    accounts_api,
    contact,
    descriptions,
    doors,
    elsewhere,
    frames,
    health,
    me_api,
    plugin_page,
    settings_page,
    static_files,
    unsubscribe,
    webhooks,
)

keep_libraries_quiet()
# A missing setting stops the start here, with one message that names all of them.
_settings = Settings.from_env()
if _settings.application_insights:
    from sync.monitor import export_to

    export_to(_settings.application_insights, kept=_settings.traces_kept_percent / 100)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in (
    accounts_api.blueprint,
    contact.blueprint,
    descriptions.blueprint,
    doors.blueprint,
    elsewhere.blueprint,
    frames.blueprint,
    health.blueprint,
    me_api.blueprint,
    plugin_page.blueprint,
    queues.blueprint,
    settings_page.blueprint,
    static_files.blueprint,
    unsubscribe.blueprint,
    webhooks.blueprint,
    timers(sweep_schedule=_settings.sweep_schedule, renewal_schedule=_settings.renewal_schedule),
):
    app.register_functions(blueprint)
