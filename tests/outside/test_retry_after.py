import pytest

from sync.outside.retry_after import LONGEST, retry_after_of

NOW = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("10", 10),
        (" 10 ", 10),
        ("2.128", 3),
        ("0", 0),
        ("604800", 604_800),
        ("99999999999", LONGEST),
        ("9" * 5000, None),
        ("-1", None),
        ("+1", None),
        ("1e3", None),
        ("1_000", None),
        ("\u0663", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_seconds_are_rounded_up_and_anything_else_is_not_said(
    said: str | None, seconds: float | None
) -> None:
    assert retry_after_of(said, NOW) == seconds


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:30:00 GMT", NOW, 120),
        ("Wed, 21 Oct 2026 09:30:00 +0200", NOW, 120),
        ("Wed, 21 Oct 2026 07:30:00 -0000", NOW, 120),
        ("Wed, 21 Oct 2026 07:27:00 GMT", NOW, 0),
        ("Wed, 21 Oct 2029 07:28:00 GMT", NOW, LONGEST),
        ("Wed, 21 Oct 2026 07:30:00 GMT", None, None),
        ("Wed, 21 Oct 2026 07:30:00 GMT", "today", None),
        ("Wed, 99 Oct 2026 07:30:00 GMT", NOW, None),
        ("Wed, 21 Oct 20260 07:30:00 GMT", NOW, None),
    ],
)
def test_a_date_is_measured_against_the_answers_own(
    said: str, date: str | None, seconds: float | None
) -> None:
    assert retry_after_of(said, date) == seconds
