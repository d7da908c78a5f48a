"""What scale costs: list prices as named inputs, and a month's bill from the model.

Azure's own price pages name no figures in the copies that could be read: the prices are those that
others quote from them (2024 to 2026), but for mail, whose page has them.
"""

from dataclasses import dataclass, fields

from benchmarks.scale import DAY, Model, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit costs in US dollars, how many are free each month, and who says so."""

    dollars: float
    unit: str
    source: str
    free: float = 0

    def of(self, amount: float) -> float:
        """Gives the price of so many units in a month."""
        return max(amount - self.free, 0) * self.dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What each thing costs; the units are those of the price lists."""

    executions: Price
    gb_seconds: Price
    queue_requests: Price
    table_requests: Price
    stored: Price
    logs: Price
    mails: Price
    mail_megabytes: Price
    fixed: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Dollars a month."""

    executions: float
    gb_seconds: float
    queue_requests: float
    table_requests: float
    stored: float
    logs: float
    host_logs: float
    mail: float
    fixed: float

    @property
    def total(self) -> float:
        """Gives all of it."""
        return sum(float(getattr(self, each.name)) for each in fields(self))


def cost(model: Model, prices: Prices, people: int) -> Cost:
    """Gives what a month of so many people costs."""
    load, month = model.load(people, Span.MONTH), model.habits.days * DAY
    mails = load.mails * month
    return Cost(
        executions=prices.executions.of(load.executions * month),
        gb_seconds=prices.gb_seconds.of(load.gb_seconds * month),
        queue_requests=prices.queue_requests.of((load.queue_requests + load.polls) * month),
        table_requests=prices.table_requests.of(load.table_requests * month),
        stored=prices.stored.of(people * model.stored_bytes / 10**9),
        logs=prices.logs.of(load.log_bytes * month / 10**9),
        host_logs=load.host_log_bytes * month / 10**9 * prices.logs.dollars,
        mail=prices.mails.of(mails) + prices.mail_megabytes.of(mails * model.habits.mail_megabytes),
        fixed=prices.fixed.of(1),
    )


_FUNCTIONS = "https://azure.microsoft.com/pricing/details/functions/"
_STORAGE = "https://azure.microsoft.com/pricing/details/storage/queues/"
_TABLE_PRICES = "https://azure.microsoft.com/pricing/details/storage/tables/"
_MONITOR = "https://azure.microsoft.com/pricing/details/monitor/"
_MAIL_PRICES = "https://learn.microsoft.com/azure/communication-services/concepts/email-pricing"

#: US dollars without tax, regions of the United States, storage of general purpose v2, ZRS.
PRICES = Prices(
    executions=Price(dollars=0.40 / 10**6, unit="execution", free=250_000, source=_FUNCTIONS),
    gb_seconds=Price(dollars=0.000026, unit="GB-second", free=100_000, source=_FUNCTIONS),
    queue_requests=Price(dollars=0.004 / 10**4, unit="queue request", source=_STORAGE),
    table_requests=Price(dollars=0.00036 / 10**4, unit="table request", source=_TABLE_PRICES),
    stored=Price(dollars=0.05625, unit="GB stored", source=_STORAGE),
    logs=Price(dollars=2.30, unit="GB of logs", free=5, source=_MONITOR),
    mails=Price(dollars=0.00025, unit="mail", source=_MAIL_PRICES),
    mail_megabytes=Price(dollars=0.00012, unit="MB of mail", source=_MAIL_PRICES),
    fixed=Price(dollars=6, unit="month of twelve alerts and the vault", source=_MONITOR),
)
