"""Scale on paper: what so many people ask of each side, from what one of them was measured to cost.

Pure arithmetic. What is measured and what is set comes from ``scale_inputs``, limits from
``scale_limits``, prices from ``scale_costs``; ``scale_page`` writes the page. A rate is "a second"
throughout.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, exp

HOUR = 3_600
DAY = 24 * HOUR
#: A message is sent, taken and deleted.
REQUESTS_A_MESSAGE = 3
#: Rows that one answer of a table holds at most.
ROWS_A_PAGE = 1_000
#: More people than anybody has: a limit that is not reached below is none.
MOST = 10**10


class Span(StrEnum):
    """Over what a rate is taken: all hours of a month, or the busiest one."""

    MONTH = "average"
    PEAK = "busiest hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What is assumed of people and of what is around them; nothing of it is measured here.

    Attributes:
        changes_a_day: Of one person on a working day, on both sides together.
        from_booking: Which part of them is made in the booking product.
        booking_mix: Which part of those is what, by the names in ``results/calls.json``.
        outlook_mix: The same of changes made in Outlook.
        working_days: In a month.
        days: In a month; everybody is connected all of them.
        peak_share: Which part of a day's changes is made in its busiest hour, by everybody in the
            same one.
        posts_a_change: To a webhook, the echo of the own write included.
        post_seconds: That the answer to one of them takes.
        call_seconds: That a call to Microsoft takes, and to the booking product.
        mails_a_month: To one person.
        mail_megabytes: Of one of them.
        account_people: In one Account.
        account_requests: To tables, for the daily look at an Account as a whole.
        account_calls: To the booking product, for the same.
        items_a_month: Made anew by one person on both sides together; their Links stay.
        id_characters: By which real ids and versions make a Link longer than those of the sample.
        cpu_used: Which part of its core an instance is given work for.
        host_bytes: That the functions host sends of itself for each execution: a guess.
    """

    changes_a_day: float
    from_booking: float
    booking_mix: dict[str, float]
    outlook_mix: dict[str, float]
    working_days: float
    days: float
    peak_share: float
    posts_a_change: float
    post_seconds: float
    call_seconds: float
    mails_a_month: float
    mail_megabytes: float
    account_people: float
    account_requests: float
    account_calls: float
    items_a_month: float
    id_characters: float
    cpu_used: float
    host_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one piece of work was measured to cost.

    Attributes:
        requests: To the storage, the message sent and deleted included.
        cpu: Seconds.
        seconds: That its job takes where a call takes a quarter of one.
        graph: Calls to Graph.
        booking: Calls to the booking product.
        log_bytes: Log lines.
        trace_bytes: Traces, if all were kept.
    """

    requests: float
    cpu: float
    seconds: float
    graph: float
    booking: float
    log_bytes: float
    trace_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one person was measured to cost, and what one sweep weighs in the log.

    ``activity_characters`` and ``link_characters`` are what one row and one Link take in the
    stored sample; ``instance_log_bytes`` is what a busy instance sends in numbers in a month.
    """

    look: Work
    change: Work
    sweep_log_bytes: float
    sweep_trace_bytes: float
    activity_characters: float
    link_characters: float
    instance_log_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is set, as it stands in the project.

    Attributes:
        max_age: ``SYNC_MAX_AGE_SECONDS``.
        sweep_every: Seconds, ``SWEEP_SCHEDULE``.
        renewal_every: Seconds, ``RENEWAL_SCHEDULE``.
        renewed_every: Seconds between two renewals of one subscription.
        shards: Of all people, for the timers.
        side_by_side: People of a shard at the same time.
        job_limit: Seconds, ``functionTimeout``.
        traces_kept: ``TRACES_KEPT_PERCENT``, as a part.
        jobs_at_once: On one instance.
        posts_at_once: On one instance.
        poll_seconds: Between two looks into an empty queue.
        memory_gb: Of an instance.
        instances: ``MAXIMUM_INSTANCE_COUNT``.
    """

    max_age: float
    sweep_every: float
    renewal_every: float
    renewed_every: float
    shards: int
    side_by_side: int
    job_limit: float
    traces_kept: float
    jobs_at_once: float
    posts_at_once: float
    poll_seconds: float
    memory_gb: float
    instances: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked for, a second; instances are those that are busy at a time."""

    changes: float
    looks: float
    renewals: float
    graph_calls: float
    booking_calls: float
    token_calls: float
    posts: float
    sync_messages: float
    messages: float
    queue_requests: float
    polls: float
    table_requests: float
    rows_scanned: float
    executions: float
    sync_instances: float
    http_instances: float
    other_instances: float
    gb_seconds: float
    log_bytes: float
    host_log_bytes: float
    mails: float

    @property
    def storage_requests(self) -> float:
        """Gives all that one storage account is asked for."""
        return self.queue_requests + self.polls + self.table_requests

    @property
    def log_kilobytes(self) -> float:
        """Gives what is logged, what the functions host sends of itself included."""
        return (self.log_bytes + self.host_log_bytes) / 1_000

    @property
    def instances(self) -> float:
        """Gives the instances of all groups."""
        return self.sync_instances + self.http_instances + self.other_instances


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything that a figure comes from."""

    habits: Habits
    measured: Measured
    setup: Setup

    def load(self, people: float, span: Span) -> Load:
        """Gives what so many people ask for."""
        habits, setup = self.habits, self.setup
        look, change = self.measured.look, self.measured.change
        if span is Span.PEAK:
            changes = people * habits.changes_a_day * habits.peak_share / HOUR
        else:
            a_month = habits.changes_a_day * habits.working_days
            changes = people * a_month / (habits.days * DAY)
        looks, renewals = people / setup.max_age, people / setup.renewed_every
        accounts = people / habits.account_people / DAY
        rounds = 1 / setup.sweep_every + 1 / setup.renewal_every
        jobs = changes + looks + renewals
        mails = people * habits.mails_a_month / (habits.days * DAY)
        if span is Span.PEAK:
            mails *= habits.days * 24 * habits.peak_share / habits.working_days
        posts = changes * habits.posts_a_change
        account_messages = rounds * setup.shards + accounts
        messages = jobs + account_messages + mails
        # A job may have to ask for a token first, which no measured one did.
        seconds = changes * change.seconds + (looks + renewals) * look.seconds
        seconds += jobs * habits.call_seconds
        cpu = changes * change.cpu + (looks + renewals) * look.cpu
        sync = self._busy(jobs, seconds, setup.jobs_at_once, cpu)
        http = self._busy(posts, posts * habits.post_seconds, setup.posts_at_once, 0)
        swept = (looks + renewals) * self.person_swept_cpu
        other = (
            self._busy(rounds + accounts, rounds, setup.jobs_at_once, swept)
            + self._busy(mails, mails, setup.jobs_at_once, 0)
            + rounds
        )
        instances = sync + http + other
        executions = messages + posts + rounds
        logs = (
            changes * (change.log_bytes + setup.traces_kept * change.trace_bytes)
            + (looks + renewals) * (look.log_bytes + setup.traces_kept * look.trace_bytes)
            + self._sweep_log_bytes / setup.sweep_every
            + instances * self.measured.instance_log_bytes / (habits.days * DAY)
        )
        return Load(
            changes=changes,
            looks=looks,
            renewals=renewals,
            graph_calls=changes * change.graph + looks * look.graph + renewals * (look.graph + 1),
            booking_calls=changes * change.booking
            + (looks + renewals) * look.booking
            + accounts * habits.account_calls,
            token_calls=jobs,
            posts=posts,
            sync_messages=jobs,
            messages=messages,
            queue_requests=messages * REQUESTS_A_MESSAGE,
            polls=instances * 3 / setup.poll_seconds,
            table_requests=self._table_requests(people, changes, looks, renewals, jobs)
            + accounts * habits.account_requests,
            rows_scanned=people * rounds,
            executions=executions,
            sync_instances=sync,
            http_instances=http,
            other_instances=other,
            gb_seconds=instances * setup.memory_gb,
            log_bytes=logs,
            host_log_bytes=executions * habits.host_bytes,
            mails=mails,
        )

    @property
    def person_swept_cpu(self) -> float:
        """Gives the seconds of CPU that the sweep takes to wake one person.

        It makes three requests: reads the Connection, notes the wish, sends the message. One
        costs at most what a job that finds nothing takes, shared out among its requests.
        """
        look = self.measured.look
        return 3 * look.cpu / look.requests

    @property
    def person_month_log_bytes(self) -> float:
        """Gives what the product itself logs of one person, as docs/operations.md says it."""
        one = self.load(1, Span.MONTH)
        look, change = self.measured.look, self.measured.change
        kept = self.setup.traces_kept
        a_second = one.changes * (change.log_bytes + kept * change.trace_bytes) + one.looks * (
            look.log_bytes + kept * look.trace_bytes
        )
        return a_second * self.habits.days * DAY

    @property
    def stored_bytes(self) -> float:
        """Gives what is stored of one person after a year: tables keep two bytes a character."""
        habits = self.habits
        entries = 3 * habits.working_days * habits.changes_a_day
        links = 12 * habits.items_a_month
        return 2 * (
            entries * self.measured.activity_characters
            + links * (self.measured.link_characters + habits.id_characters)
        )

    @property
    def _sweep_log_bytes(self) -> float:
        measured = self.measured
        return measured.sweep_log_bytes + self.setup.traces_kept * measured.sweep_trace_bytes

    def _table_requests(
        self, people: float, changes: float, looks: float, renewals: float, jobs: float
    ) -> float:
        """Counts what was measured without its messages, and what one process alone never shows.

        Those are a read for each echo's post (the process that takes it did not write), the
        Connection that the sweep reads, two rows at a renewal, a token cache that is written
        because another instance holds the token, and the pages of the timers' range queries.
        """
        setup = self.setup
        change, look = self.measured.change.requests - 2, self.measured.look.requests - 2
        echoes = self.habits.posts_a_change - 1
        pages = setup.shards + people / ROWS_A_PAGE
        forgotten = 4 * setup.shards / setup.renewal_every
        return (
            changes * (change + echoes)
            + looks * (look + 1)
            + renewals * (look + 2)
            + jobs
            + pages * (1 / setup.sweep_every + 1 / setup.renewal_every)
            + forgotten
        )

    def _busy(self, rate: float, work_seconds: float, at_once: float, cpu: float) -> float:
        """Gives the instances that are busy at a time, of one group.

        Few pieces of work keep an instance busy for a second each, which is the least that is
        charged; many share it, until its places or its core are used up.
        """
        return max(1 - exp(-rate), work_seconds / at_once, cpu / self.habits.cpu_used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit, what counts against it, and what moves it.

    Attributes:
        name: What is limited.
        value: How much, in ``unit``.
        load: What so many people put on it.
        source: Where it is published, or set.
        moved_by: What moves it.
        unit: Of value and load; empty for "a second".
    """

    name: str
    value: float
    load: Callable[[Model, float], float]
    source: str
    moved_by: str
    unit: str = ""

    def reached_at(self, model: Model) -> int | None:
        """Gives the fewest people who reach it; ``None`` where nobody has as many."""
        if self.load(model, MOST) < self.value:
            return None
        low, high = 0, MOST
        while high - low > 1:
            middle = (low + high) // 2
            if self.load(model, middle) < self.value:
                low = middle
            else:
                high = middle
        return high


def mean(mix: dict[str, float], figures: dict[str, float]) -> float:
    """Gives the mean of figures by a mix, whose parts have to be one whole.

    Raises:
        ValueError: They are not.
    """
    if round(sum(mix.values()), 6) != 1:
        raise ValueError("the parts of a mix are no whole")
    return sum(part * figures[name] for name, part in mix.items())


def hours_for(count: int, an_hour: float) -> int:
    """Gives the hours that so many take where so many an hour are let through."""
    return ceil(count / an_hour)
