"""The machine's clock and ids."""

from datetime import UTC

from sync.outside.clock import RandomIds, SystemClock


async def test_time_is_aware_utc_and_does_not_go_back() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0)

    assert before.tzinfo is UTC
    assert clock.now() >= before


def test_ids_are_32_hex_characters_and_never_the_same() -> None:
    made = {RandomIds().new() for _ in range(100)}

    assert len(made) == 100
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in made)
