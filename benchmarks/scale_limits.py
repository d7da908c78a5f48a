"""Limits that people come up against: each with the page that publishes it.

The pages were read in stored copies of 2023 to 2026, not live; what no page said is not here.
"""

from benchmarks.scale import HOUR, REQUESTS_A_MESSAGE, Limit, Load, Model, Span

_LEARN = "https://learn.microsoft.com"
_ACCOUNT = f"{_LEARN}/azure/storage/common/scalability-targets-standard-account"
_TABLES = f"{_LEARN}/azure/storage/tables/scalability-targets"
_QUEUES = f"{_LEARN}/azure/storage/queues/scalability-targets"
_FLEX = f"{_LEARN}/azure/azure-functions/flex-consumption-plan"
_GRAPH = f"{_LEARN}/graph/throttling-limits"
_MAIL = f"{_LEARN}/azure/communication-services/concepts/service-limits"
_WORKSPACE = f"{_LEARN}/azure/azure-monitor/service-limits#log-analytics-workspaces"

_AGE = "`SYNC_MAX_AGE_SECONDS`"
_STAMPS = "a second deployment for other Accounts"
_APART = "queues and tables in two accounts (`AzureWebJobsStorage__…ServiceUri`)"


def _peak(model: Model, people: float) -> Load:
    return model.load(people, Span.PEAK)


def _sweep_seconds(model: Model, people: float, due: float) -> float:
    """Gives the seconds for which one shard keeps its core busy when such a part is due."""
    return people * due / model.setup.shards * model.person_swept_cpu


MAILS = Limit(
    name="mails, own domain, as it begins",
    value=100,
    unit="an hour",
    load=lambda model, people: _peak(model, people).mails * HOUR,
    source=_MAIL,
    moved_by="Microsoft, when asked: up to a million an hour, for an own domain",
)
QUEUE = Limit(
    name="messages of one queue, each counted once",
    value=2_000,
    load=lambda model, people: _peak(model, people).sync_messages,
    source=_QUEUES,
    moved_by=f"{_AGE}; {_STAMPS}",
)
QUEUE_REQUESTS = Limit(
    name="messages of one queue, were sending, taking and deleting counted each",
    value=2_000,
    load=lambda model, people: _peak(model, people).sync_messages * REQUESTS_A_MESSAGE,
    source=_QUEUES,
    moved_by=f"{_AGE}; {_STAMPS}",
)
ACCOUNT = Limit(
    name="requests to one storage account, any region",
    value=20_000,
    load=lambda model, people: _peak(model, people).storage_requests,
    source=_ACCOUNT,
    moved_by=f"a larger region; {_APART}; {_AGE}; {_STAMPS}",
)
LARGE_ACCOUNT = Limit(
    name="requests to one storage account, larger regions",
    value=40_000,
    load=lambda model, people: _peak(model, people).storage_requests,
    source=_ACCOUNT,
    moved_by=f"{_APART}; {_AGE}; Microsoft, when asked; {_STAMPS}",
)
#: How a version of Graph's page had its four requests at a time: not in force, as far as is known.
FOUR_FOR_ALL = Limit(
    name="Graph, were four requests at a time for the whole app",
    value=4,
    unit="at a time",
    load=lambda model, people: _peak(model, people).graph_calls * model.habits.call_seconds,
    source=_GRAPH,
    moved_by="",
)

#: Of those that grow with people; without a unit it is "a second".
LIMITS = (
    MAILS,
    QUEUE,
    QUEUE_REQUESTS,
    ACCOUNT,
    LARGE_ACCOUNT,
    Limit(
        name="requests to one account that has the tables alone",
        value=20_000,
        load=lambda model, people: _peak(model, people).table_requests,
        source=_ACCOUNT,
        moved_by=f"{_AGE}; {_STAMPS}",
    ),
    Limit(
        name="tables of one account, were each row that the timers look through counted",
        value=20_000,
        load=lambda model, people: (
            _peak(model, people).table_requests + _peak(model, people).rows_scanned
        ),
        source=_TABLES,
        moved_by=f"`SWEEP_SCHEDULE`, `RENEWAL_SCHEDULE`, {_AGE}; {_STAMPS}",
    ),
    Limit(
        name="one partition, were all people of one Account: their Connections",
        value=2_000,
        load=lambda model, people: (
            2 * _peak(model, people).sync_messages + _peak(model, people).looks
        ),
        source=_TABLES,
        moved_by="nothing has to: no Account is that large",
    ),
    Limit(
        name="a shard whose people are all due, as after an outage: `functionTimeout`",
        value=600,
        unit="seconds",
        load=lambda model, people: _sweep_seconds(model, people, 1),
        source="host.json",
        moved_by="nothing has to: who is left is due at the next sweep",
    ),
    Limit(
        name="a shard on an ordinary day: until the next sweep",
        value=1,
        unit="of that time",
        load=lambda model, people: _sweep_seconds(model, people, 1) / model.setup.max_age,
        source="SWEEP_SCHEDULE",
        moved_by=f"{_AGE}; not `SWEEP_SCHEDULE`: a rarer sweep finds more",
    ),
    Limit(
        name="instances for syncs: `MAXIMUM_INSTANCE_COUNT`",
        value=100,
        unit="instances",
        load=lambda model, people: _peak(model, people).sync_instances,
        source="docs/operations.md",
        moved_by="`MAXIMUM_INSTANCE_COUNT`, up to 1,000",
    ),
    Limit(
        name="cores of a subscription's Flex Consumption apps in a region",
        value=250,
        unit="cores",
        load=lambda model, people: _peak(model, people).instances,
        source=f"{_FLEX}#regional-subscription-memory-quotas",
        moved_by="Microsoft, when asked",
    ),
    Limit(
        name="instances of one group of functions",
        value=1_000,
        unit="instances",
        load=lambda model, people: _peak(model, people).sync_instances,
        source=_FLEX,
        moved_by=_STAMPS,
    ),
    Limit(
        name="Graph, one app over all tenants: 130,000 in ten seconds",
        value=13_000,
        load=lambda model, people: _peak(model, people).graph_calls,
        source=_GRAPH,
        moved_by=_AGE,
    ),
    Limit(
        name="Graph, writes of subscriptions, one app in one tenant, were all people in one: "
        "1,000 in twenty seconds, the least of what is printed",
        value=50,
        load=lambda model, people: _peak(model, people).renewals,
        source=f"{_GRAPH}#subscription-service-limits",
        moved_by="nothing has to",
    ),
    Limit(
        name="logs into one workspace",
        value=6_000,
        unit="MB a minute",
        load=lambda model, people: _peak(model, people).log_kilobytes * 60 / 1_000,
        source=_WORKSPACE,
        moved_by="`TRACES_KEPT_PERCENT`",
    ),
)
