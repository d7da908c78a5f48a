"""Scale on paper: the arithmetic, and that the pages say what the program reckons."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scale import DAY, HOUR, MOST, Limit, Model, Span, hours_for, mean
from benchmarks.scale_costs import PRICES, Price, cost
from benchmarks.scale_inputs import model
from benchmarks.scale_limits import LIMITS
from benchmarks.scale_page import PAGE, plain, written

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
MONTH = 30 * DAY


@pytest.fixture
def paper() -> Model:
    """Gives the model with round figures: 10 changes a day on 15 of 30 days, half in one hour."""
    real = model()
    habits = replace(
        real.habits,
        changes_a_day=10,
        working_days=15,
        days=30,
        peak_share=0.5,
        posts_a_change=3,
        call_seconds=0,
    )
    look = replace(real.measured.look, requests=10, cpu=0.02, seconds=0.3, graph=1, booking=1)
    change = replace(real.measured.change, requests=14, cpu=0.05, seconds=0.6, graph=2, booking=1)
    setup = replace(real.setup, max_age=HOUR, sweep_every=300, renewal_every=900)
    measured = replace(real.measured, look=look, change=change)
    return Model(habits=habits, measured=measured, setup=setup)


def test_changes_are_spread_over_the_month_or_meet_in_one_hour(paper: Model) -> None:
    month, peak = paper.load(MONTH, Span.MONTH), paper.load(HOUR, Span.PEAK)

    assert month.changes == pytest.approx(10 * 15)
    assert peak.changes == pytest.approx(10 * 0.5)
    assert (peak.looks, peak.renewals) == (1, HOUR / paper.setup.renewed_every)
    assert peak.graph_calls == pytest.approx(5 * 2 + 1 + peak.renewals * 2)
    assert peak.posts == 15


def test_a_job_is_one_message_of_three_requests_and_one_execution(paper: Model) -> None:
    none, many = paper.load(0, Span.PEAK), paper.load(HOUR, Span.PEAK)
    jobs = many.changes + many.looks + many.renewals
    accounts = HOUR / paper.habits.account_people / DAY

    assert many.sync_messages == jobs
    assert many.messages - none.messages == pytest.approx(jobs + accounts + many.mails)
    assert many.queue_requests == many.messages * 3
    assert many.executions - none.executions == pytest.approx(
        many.messages - none.messages + many.posts
    )


def test_requests_to_tables_are_those_measured_and_those_that_one_process_never_shows(
    paper: Model,
) -> None:
    none, many = paper.load(0, Span.PEAK), paper.load(HOUR, Span.PEAK)
    jobs = many.sync_messages
    accounts = HOUR / paper.habits.account_people / DAY * paper.habits.account_requests
    pages = HOUR / 1_000 * (1 / 300 + 1 / 900)

    assert many.table_requests - none.table_requests == pytest.approx(
        many.changes * (12 + 2) + many.looks * 9 + many.renewals * 10 + jobs + pages + accounts
    )
    assert many.rows_scanned == pytest.approx(HOUR * (1 / 300 + 1 / 900))


@pytest.mark.parametrize(
    ("people", "busy"),
    [
        (0, 0),
        (36, 1 - 2.718281828 ** -(0.06 + 36 / 345_600)),  # hardly anything, a second for each
        (
            3_600_000,
            (5_000 * 0.05 + (1_000 + 3_600_000 / 345_600) * 0.02) / 0.7,
        ),  # the core is full
    ],
)
def test_instances_are_busy_by_the_second_or_by_what_fills_them(
    paper: Model, people: int, busy: float
) -> None:
    assert paper.load(people, Span.PEAK).sync_instances == pytest.approx(busy)


def test_instances_are_busy_by_the_jobs_that_wait_for_a_token(paper: Model) -> None:
    slow = replace(paper, habits=replace(paper.habits, call_seconds=2))
    load = slow.load(3_600_000, Span.PEAK)
    seconds = load.changes * 2.6 + (load.looks + load.renewals) * 2.3

    assert load.sync_instances == pytest.approx(seconds / slow.setup.jobs_at_once)


def test_a_limit_is_reached_by_the_first_number_of_people_that_puts_as_much_on_it(
    paper: Model,
) -> None:
    def limit(value: float) -> Limit:
        return Limit(
            name="", value=value, load=lambda _, people: people / 10, source="", moved_by=""
        )

    assert limit(5).reached_at(paper) == 50
    assert limit(4.95).reached_at(paper) == 50
    assert limit(MOST).reached_at(paper) is None


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("`SYNC_MAX_AGE_SECONDS`", "max_age", 21_600),
        ("`SWEEP_SCHEDULE`", "sweep_every", 1_800),
        ("`RENEWAL_SCHEDULE`", "renewal_every", 1_800),
        ("`TRACES_KEPT_PERCENT`", "traces_kept", 0),
    ],
)
def test_each_setting_that_is_said_to_move_a_limit_moves_it(
    setting: str, field: str, value: float
) -> None:
    today = model()
    changed = replace(today, setup=replace(today.setup, **{field: value}))  # type: ignore[arg-type]
    said = [each for each in LIMITS if setting in each.moved_by.split("; not ")[0]]

    assert said
    for limit in said:
        assert limit.load(changed, 10**6) < limit.load(today, 10**6), limit.name


def test_a_month_costs_what_it_asks_for_without_what_is_free(paper: Model) -> None:
    load, bill = paper.load(10_000, Span.MONTH), cost(paper, PRICES, 10_000)

    assert bill.executions == pytest.approx((load.executions * MONTH - 250_000) * 0.4e-6)
    assert bill.gb_seconds == pytest.approx((load.gb_seconds * MONTH - 100_000) * 0.000026)
    assert bill.total == pytest.approx(
        bill.executions
        + bill.gb_seconds
        + bill.queue_requests
        + bill.table_requests
        + bill.stored
        + bill.logs
        + bill.host_logs
        + bill.mail
        + bill.fixed
    )
    assert Price(dollars=2, unit="", source="", free=5).of(4) == 0


def test_a_mix_is_one_whole() -> None:
    assert mean({"a": 0.25, "b": 0.75}, {"a": 4, "b": 8}) == 7
    with pytest.raises(ValueError, match="no whole"):
        mean({"a": 0.25}, {"a": 4})


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0004, "under 0.001"), (0.029, "0.029"), (1.65, "1.6"), (3.0, "3"), (86.2, "86")],
)
def test_figures_show_what_means_something(value: float, text: str) -> None:
    assert plain(value) == text
    assert plain(18_662) == "18,700"
    assert hours_for(101, 100) == 2


def test_the_page_of_scale_is_what_the_program_reckons() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "run: python -m benchmarks scale --save"


def test_operations_says_of_the_log_what_the_program_reckons() -> None:
    (said,) = re.findall(r"which is ([\d.]+) MB a month, or half a cent", OPERATIONS)

    assert f"{model().person_month_log_bytes / 10**6:.1f}" == said


def test_operations_says_of_the_costs_what_the_program_reckons() -> None:
    few, many = (cost(model(), PRICES, people).total for people in (10, 10_000))
    most = cost(model(), PRICES, 10**6).total / 10**6 * 100

    assert (
        f"some {few:.0f} dollars, {plain(round(many))} dollars "
        f"({many / 100:.0f} cents a person), then {most:.0f} cents a person" in OPERATIONS
    )
