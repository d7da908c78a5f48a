"""The part of docs/scale.md that the model of scale writes, from the figures as they are stored."""

from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from benchmarks.scale import MOST, Limit, Model, Span, hours_for
from benchmarks.scale_costs import PRICES, Cost, cost
from benchmarks.scale_inputs import LATENCY, model
from benchmarks.scale_limits import (
    ACCOUNT,
    FOUR_FOR_ALL,
    LARGE_ACCOUNT,
    LIMITS,
    MAILS,
    QUEUE,
    QUEUE_REQUESTS,
)

PAGE = Path(__file__).parent.parent / "docs" / "scale.md"
SIZES = (10_000, 100_000, 1_000_000)
#: Costs are also given for a single practice.
COST_SIZES = (10, *SIZES)
BEGIN, END = "<!-- written by: python -m benchmarks scale --save -->", "<!-- written until here -->"
_MONTH_OF = {
    "executions": "executions",
    "gb_seconds": "GB-seconds",
    "queue_requests": "queue requests",
    "table_requests": "table requests",
    "stored": "stored, after a year",
    "logs": "logs, numbers and traces",
    "host_logs": "what the functions host sends of itself (a guess)",
    "mail": "mail",
    "fixed": "alerts, vault",
}
_LOADS = {
    "changes": "changes",
    "looks": "looks without a change",
    "renewals": "renewals of subscriptions",
    "graph_calls": "calls to Graph",
    "booking_calls": "calls to the booking product",
    "token_calls": "tokens asked for, at most",
    "posts": "posts to the webhooks",
    "messages": "queue messages",
    "queue_requests": "queue requests for them",
    "polls": "looks into empty queues, while instances are busy",
    "table_requests": "table requests",
    "storage_requests": "requests to the storage, together",
    "rows_scanned": "rows that the timers look through",
    "executions": "executions",
    "instances": "instances that are busy",
    "gb_seconds": "GB-seconds",
    "log_kilobytes": "log, kB",
    "mails": "mails",
}


def section() -> str:
    """Gives the tables, as Markdown."""
    the_model = model()
    parts = {
        "In short": _short(the_model),
        "Assumed": _assumed(the_model),
        "Measured, and set": _measured(the_model),
        "What is asked for, a second": _loads(the_model),
        "The walls, in their order": _walls(the_model),
        "What a month costs": _costs(the_model),
        "Prices": _prices(),
    }
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in parts.items())


def written() -> str:
    """Gives the page with the tables as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{section()}\n\n{END}{after}"


def write() -> None:
    """Writes the tables into the page."""
    PAGE.write_text(written(), encoding="utf-8")


def plain(value: float) -> str:
    """Gives a figure with two or three digits that mean something, thousands apart."""
    if value == 0:
        return "0"
    if value < 0.001:
        return "under 0.001"
    if value == int(value) and value < 1_000:
        return f"{value:g}"
    digits = 0
    while digits < 3 and value * 10**digits < 10:
        digits += 1
    unit: int = 10 ** max(len(str(int(value))) - 3, 0)
    return f"{round(value / unit) * unit:,}" if digits == 0 else f"{value:.{digits}f}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _short(the_model: Model) -> str:
    first = max(
        limit.load(the_model, SIZES[1]) / limit.value for limit in LIMITS if limit is not MAILS
    )
    cents = [cost(the_model, PRICES, people).total / people * 100 for people in SIZES]
    return (
        f"- Mail comes first: {_reached(the_model, MAILS)} people reach the quota that an own "
        "domain begins with. Ask for more before inviting many.\n"
        f"- Of every other limit {SIZES[1]:,} people take {round(first * 100)} % at most.\n"
        f"- The next wall is the sync queue: at {_reached(the_model, QUEUE_REQUESTS)} people, if "
        "Microsoft counts sending, taking and deleting each against its 2,000 messages a second, "
        f"at {_reached(the_model, QUEUE)} if it counts a message once. Its page does not say. "
        f"Looks every six hours move the first to {_reached(rarer(the_model), QUEUE_REQUESTS)}.\n"
        f"- One storage account is full at {_reached(the_model, ACCOUNT)} people, in larger "
        f"regions at {_reached(the_model, LARGE_ACCOUNT)}.\n"
        "- Beyond that, deploy twice: Accounts share nothing "
        "(`docs/adr/0009-scale-by-another-deployment.md`).\n"
        f"- A person costs {plain(cents[0])} cents a month among {SIZES[0]:,}, {plain(cents[1])} "
        f"among {SIZES[1]:,}, {plain(cents[2])} among {SIZES[2]:,}."
    )


def _reached(the_model: Model, limit: Limit) -> str:
    return _people(limit.reached_at(the_model) or MOST)


def _assumed(the_model: Model) -> str:
    habits = the_model.habits
    rows = [
        ("changes of a person on a working day, on both sides", plain(habits.changes_a_day)),
        ("of those, made in the booking product", _percent(habits.from_booking)),
        ("what they are there", _mix(habits.booking_mix)),
        ("what they are in Outlook", _mix(habits.outlook_mix)),
        ("working days a month; days connected", f"{habits.working_days}; {habits.days}"),
        ("a day's changes that fall into its busiest hour", _percent(habits.peak_share)),
        ("posts to a webhook for a change, its echo included", plain(habits.posts_a_change)),
        ("time to answer a post", f"{habits.post_seconds} s"),
        ("time of a call to either side", f"{LATENCY} ms"),
        ("mails to a person in a month; size", _mails(the_model)),
        ("people of an Account", plain(habits.account_people)),
        ("daily look at an Account: table requests; calls", _account(the_model)),
        ("items made anew by a person in a month", plain(habits.items_a_month)),
        ("work given to an instance's core", _percent(habits.cpu_used)),
        ("entry of the functions host for an execution (a guess)", f"{habits.host_bytes} bytes"),
    ]
    return _table(("what", "how much"), rows)


def _mails(the_model: Model) -> str:
    habits = the_model.habits
    return f"{plain(habits.mails_a_month)}; {habits.mail_megabytes} MB"


def _account(the_model: Model) -> str:
    habits = the_model.habits
    return f"{plain(habits.account_requests)}; {plain(habits.account_calls)}"


def _mix(mix: dict[str, float]) -> str:
    return ", ".join(f"{_percent(part)} {name}" for name, part in mix.items())


def _percent(part: float) -> str:
    return f"{round(part * 100)} %"


def _measured(the_model: Model) -> str:
    look, change, setup = the_model.measured.look, the_model.measured.change, the_model.setup
    work = _table(
        ("one of", "storage requests", "CPU", "job", "calls to Graph", "to the booking product"),
        [
            (
                name,
                plain(one.requests),
                f"{one.cpu * 1_000:.1f} ms",
                f"{one.seconds:.2f} s",
                plain(one.graph),
                plain(one.booking),
            )
            for name, one in (("look that finds nothing", look), ("change with its echo", change))
        ],
    )
    rest = (
        f"In the log a person takes {the_model.person_month_log_bytes / 10**6:.1f} MB a month, in "
        f"the tables {the_model.stored_bytes / 10**6:.1f} MB after a year.\n"
        f"A look every {setup.max_age:g} s, a sweep every {setup.sweep_every:g} s over "
        f"{setup.shards} shards, {setup.side_by_side} people side by side in each; renewals looked "
        f"for every {setup.renewal_every:g} s, each subscription renewed every "
        f"{setup.renewed_every / 86_400:g} days.\n"
        f"An instance has {setup.memory_gb:g} GB and one core, and takes {setup.jobs_at_once:g} "
        f"jobs or {setup.posts_at_once:g} posts at once; it looks into a queue "
        f"{1 / setup.poll_seconds:g} times a second."
    )
    return f"{work}\n\n{rest}"


def _loads(the_model: Model) -> str:
    spans = [(people, span) for people in SIZES for span in Span]
    loads = [the_model.load(people, span) for people, span in spans]
    head = ("", *(f"{people:,}: {span}" for people, span in spans))
    return _table(
        head,
        [
            (title, *(plain(getattr(load, name)) for load in loads))
            for name, title in _LOADS.items()
        ],
    )


def _walls(the_model: Model) -> str:
    reached = sorted(
        ((limit.reached_at(the_model) or MOST, limit) for limit in LIMITS), key=lambda each: each[0]
    )
    table = _table(
        (
            "limit",
            "is",
            "reached at",
            *(f"{people:,}" for people in SIZES),
            "when rarer",
            "moved by",
        ),
        [
            (
                f"[{limit.name}]({limit.source})" if "//" in limit.source else limit.name,
                f"{limit.value:,.0f} {_unit(limit)}",
                _people(people),
                *(_share(limit, the_model, size) for size in SIZES),
                _reached(rarer(the_model), limit),
                limit.moved_by,
            )
            for people, limit in reached
        ],
    )
    hours = ", ".join(f"{hours_for(size, MAILS.value):,}" for size in SIZES)
    return (
        "In the busiest hour; shares are of the limit, for so many people. "
        '"When rarer" is where the limit is reached with `SYNC_MAX_AGE_SECONDS=21600`, and sweeps '
        f"and renewals every half hour.\n\n{table}\n\n"
        f"Invitations are mails, too: at {MAILS.value:g} an hour those of so many people take "
        f"{hours} hours.\n"
        "Were Graph's four requests at a time counted for the app and not for each mailbox, as a "
        f"version of its page had it, {_reached(the_model, FOUR_FOR_ALL)} people would reach it."
    )


def rarer(the_model: Model) -> Model:
    """Gives the model with looks every six hours, and timers that come every half hour."""
    setup = replace(the_model.setup, max_age=21_600, sweep_every=1_800, renewal_every=1_800)
    return replace(the_model, setup=setup)


def _unit(limit: Limit) -> str:
    return "a second" if limit.unit == "" else limit.unit


def _share(limit: Limit, the_model: Model, people: int) -> str:
    part = limit.load(the_model, people) / limit.value
    return "under 1 %" if part < 0.01 else f"{plain(round(part * 100))} %"


def _people(people: int) -> str:
    if people >= MOST:
        return "never"
    unit: int = 10 ** max(len(str(people)) - 2, 0)
    return f"{people // unit * unit:,}"


def _costs(the_model: Model) -> str:
    costs = [cost(the_model, PRICES, people) for people in COST_SIZES]
    rows = [
        (_MONTH_OF[each.name], *(_dollars(getattr(one, each.name)) for one in costs))
        for each in fields(Cost)
    ]
    total = ("together", *(_dollars(one.total) for one in costs))
    cents = (
        "a person, in cents",
        *(plain(one.total / people * 100) for one, people in zip(costs, COST_SIZES, strict=True)),
    )
    head = ("dollars a month", *(f"{people:,} people" for people in COST_SIZES))
    return _table(head, [*rows, total, cents])


def _dollars(value: float) -> str:
    return "under 1" if 0 < value < 0.5 else plain(round(value))


def _prices() -> str:
    return _table(
        ("one", "dollars", "free each month", "price list"),
        [
            (
                price.unit,
                f"{price.dollars:.9f}".rstrip("0").rstrip("."),
                f"{price.free:,.0f}" if price.free else "none",
                price.source,
            )
            for each in fields(PRICES)
            for price in [getattr(PRICES, each.name)]
        ],
    )
