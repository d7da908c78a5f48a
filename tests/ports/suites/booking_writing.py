"""What every ``BookingGateway`` writes."""

import pytest

from sync.engine.items import BookingItem, BookingKind, BookingStatus, Refusal, ReserveContent
from sync.errors import Changed, Gone
from sync.words import BookingItemId
from tests.ports.suites.booking_office import ANN, NOBODY, WINDOW, Office, at, made, reserve


class WritingContract:
    """Reserves and Appointments."""

    # --- making a Reserve ---

    async def test_a_reserve_is_made_as_given(self, office: Office) -> None:
        item = await reserve(office, at(1), key="k1", title="Dentist 🦷", notes="bring card")

        assert isinstance(item, BookingItem)
        assert (item.kind, item.interval) == (BookingKind.RESERVE, at(1))
        assert (item.title, item.notes, item.external_ref) == ("Dentist 🦷", "bring card", "ref-k1")
        assert await office.gateway.item(ANN, item.id) == item

    async def test_r11_5_the_same_key_makes_one_reserve(self, office: Office) -> None:
        first = await reserve(office, at(1), key="same")
        second = await reserve(office, at(5), key="same", title="Other")

        assert first == second
        assert len((await office.gateway.items(ANN, WINDOW)).items) == 1

    async def test_the_same_key_answers_literally_even_if_the_reserve_is_gone(
        self, office: Office
    ) -> None:
        first = await made(office, at(1), key="same")
        office.delete(ANN, first.id)

        assert await made(office, at(1), key="same") == first
        assert await office.gateway.item(ANN, first.id) is None

    async def test_a_key_is_forgotten_after_a_day(self, office: Office) -> None:
        first = await made(office, at(48), key="same")
        office.delete(ANN, first.id)
        office.pass_time(25)

        assert (await made(office, at(48), key="same")).id != first.id

    async def test_a_refusal_is_not_remembered_for_the_key(self, office: Office) -> None:
        blocked = office.block(ANN, at(1))
        refusal = await reserve(office, at(1), key="same")
        office.delete(ANN, blocked)

        assert isinstance(refusal, Refusal)
        assert isinstance(await reserve(office, at(1), key="same"), BookingItem)

    async def test_r8_7_a_taken_time_is_refused(self, office: Office) -> None:
        office.book(ANN, at(1))

        refusal = await reserve(office, at(1.5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "slot_taken"
        assert refusal.detail

    async def test_times_that_only_touch_are_not_taken(self, office: Office) -> None:
        office.book(ANN, at(1))

        assert isinstance(await reserve(office, at(2)), BookingItem)

    async def test_a_cancelled_item_takes_no_time(self, office: Office) -> None:
        office.cancel(ANN, office.book(ANN, at(1)))

        assert isinstance(await reserve(office, at(1)), BookingItem)

    async def test_r8_7_overbooking_lets_items_overlap(self, office: Office) -> None:
        office.allow_overlaps()
        office.book(ANN, at(1))

        assert isinstance(await reserve(office, at(1)), BookingItem)

    async def test_r8_13_a_time_in_the_past_is_refused(self, office: Office) -> None:
        refusal = await reserve(office, at(-5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_permitted"

    async def test_a_span_without_length_is_refused(self, office: Office) -> None:
        refusal = await reserve(office, at(1, hours=0))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "bad_request"

    async def test_a_title_that_is_too_long_is_refused(self, office: Office) -> None:
        refusal = await reserve(office, at(1), title="x" * 256)

        assert isinstance(refusal, Refusal)
        assert refusal.code == "bad_request"

    async def test_a_reserve_for_nobody_is_gone(self, office: Office) -> None:
        with pytest.raises(Gone):
            await office.gateway.create_reserve(
                NOBODY,
                content=ReserveContent(title="Busy"),
                interval=at(1),
                external_ref="ref",
                idempotency_key="k",
            )

    async def test_a_key_or_reference_beyond_the_contract_is_our_own_fault(
        self, office: Office
    ) -> None:
        with pytest.raises(ValueError, match="too long"):
            await reserve(office, at(1), key="k" * 129)

    # --- moving and writing ---

    async def test_r8_1_an_appointment_is_moved(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        moved = await office.gateway.update_item(ANN, booked, interval=at(5))

        assert isinstance(moved, BookingItem)
        assert (moved.id, moved.interval, moved.customer_name) == (booked, at(5), "Kim")
        assert await office.gateway.item(ANN, booked) == moved

    async def test_a_reserves_text_is_written(self, office: Office) -> None:
        item = await made(office, at(1))

        written = await office.gateway.update_item(
            ANN,
            item.id,
            interval=at(1),
            content=ReserveContent(title="Reserved", notes=""),
            version=item.version,
        )

        assert isinstance(written, BookingItem)
        assert (written.title, written.notes or "") == ("Reserved", "")
        assert written.version != item.version

    async def test_a_move_leaves_text_and_reference_alone(self, office: Office) -> None:
        item = await made(office, at(1))

        moved = await office.gateway.update_item(ANN, item.id, interval=at(3))

        assert isinstance(moved, BookingItem)
        assert (moved.title, moved.external_ref) == (item.title, item.external_ref)

    async def test_a_new_text_leaves_the_time_alone(self, office: Office) -> None:
        item = await made(office, at(1))
        office.move(ANN, item.id, at(2))

        written = await office.gateway.update_item(
            ANN, item.id, content=ReserveContent(title="Reserved", notes="x")
        )

        assert isinstance(written, BookingItem)
        assert (written.title, written.notes) == ("Reserved", "x")
        assert written.interval == at(2)

    async def test_r8_1_a_move_onto_a_taken_time_is_refused(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        office.book(ANN, at(5))

        refusal = await office.gateway.update_item(ANN, booked, interval=at(5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "slot_taken"
        unmoved = await office.gateway.item(ANN, booked)
        assert unmoved is not None
        assert unmoved.interval == at(1)

    async def test_r8_13_a_move_into_the_past_is_refused(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        refusal = await office.gateway.update_item(ANN, booked, interval=at(-5))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_permitted"

    async def test_an_item_may_overlap_its_own_old_time(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        assert isinstance(
            await office.gateway.update_item(ANN, booked, interval=at(1.5)), BookingItem
        )

    async def test_an_appointments_text_can_not_be_written(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        refusal = await office.gateway.update_item(
            ANN, booked, interval=at(1), content=ReserveContent(title="No")
        )

        assert isinstance(refusal, Refusal)
        assert refusal.code == "not_permitted"

    async def test_a_version_that_is_not_the_newest_is_refused_as_changed(
        self, office: Office
    ) -> None:
        booked = office.book(ANN, at(1))
        (before,) = (await office.gateway.items(ANN, WINDOW)).items
        office.save(ANN, booked)

        with pytest.raises(Changed):
            await office.gateway.update_item(ANN, booked, interval=at(5), version=before.version)
        with pytest.raises(Changed):
            await office.gateway.remove_item(ANN, booked, version=before.version)

    async def test_an_item_that_is_gone_can_not_be_moved(self, office: Office) -> None:
        cancelled = office.book(ANN, at(1))
        office.cancel(ANN, cancelled)

        for item_id in (cancelled, BookingItemId("none")):
            with pytest.raises(Gone):
                await office.gateway.update_item(ANN, item_id, interval=at(5))

    async def test_a_group_event_can_not_be_moved_or_removed(self, office: Office) -> None:
        event = office.add_event(ANN, at(1))

        moved = await office.gateway.update_item(ANN, event, interval=at(5))
        removed = await office.gateway.remove_item(ANN, event)

        assert isinstance(moved, Refusal)
        assert isinstance(removed, Refusal)

    # --- what it keeps less finely than asked (R8.14) ---

    async def test_case_57_a_grid_answers_with_what_it_keeps(self, office: Office) -> None:
        office.keep_a_grid(15)
        booked = office.book(ANN, at(1))

        moved = await office.gateway.update_item(ANN, booked, interval=at(2.4))
        reserve_made = await made(office, at(5.01, hours=0.05))

        assert isinstance(moved, BookingItem)
        assert moved.interval == at(2.25)
        assert reserve_made.interval == at(5, hours=0.25)
        assert await office.gateway.item(ANN, booked) == moved

    async def test_case_58_texts_come_back_trimmed_and_cut(self, office: Office) -> None:
        office.trim_texts(notes_limit=5)

        item = await reserve(office, at(1), title="  Two \r\n words ", notes="line 1\nline 2")
        assert isinstance(item, BookingItem)
        written = await office.gateway.update_item(
            ANN, item.id, content=ReserveContent(title="More\n\nwords", notes="12345678")
        )

        assert (item.title, item.notes) == ("Two words", "line ")
        assert isinstance(written, BookingItem)
        assert (written.title, written.notes) == ("More words", "12345")

    # --- removing ---

    async def test_r8_2_removing_an_appointment_cancels_it(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        assert await office.gateway.remove_item(ANN, booked) is None

        item = await office.gateway.item(ANN, booked)
        assert item is not None
        assert item.status is BookingStatus.CANCELLED

    async def test_r8_2_removing_a_reserve_deletes_it(self, office: Office) -> None:
        item = await made(office, at(1))

        assert await office.gateway.remove_item(ANN, item.id, version=item.version) is None

        assert await office.gateway.item(ANN, item.id) is None

    async def test_removing_what_is_gone_is_fine(self, office: Office) -> None:
        booked = office.book(ANN, at(1))

        for _ in range(2):
            assert await office.gateway.remove_item(ANN, booked) is None
        assert await office.gateway.remove_item(ANN, BookingItemId("none")) is None
        assert await office.gateway.remove_item(NOBODY, booked) is None

    # --- a booking product that permits nothing ---

    async def test_writes_that_are_not_permitted_are_refused(self, office: Office) -> None:
        booked = office.book(ANN, at(1))
        office.forbid_everything()

        refusals = (
            await reserve(office, at(5)),
            await office.gateway.update_item(ANN, booked, interval=at(5)),
            await office.gateway.remove_item(ANN, booked),
        )

        for refusal in refusals:
            assert isinstance(refusal, Refusal)
            assert refusal.code == "not_permitted"
            assert refusal.detail
        assert [item.id for item in (await office.gateway.items(ANN, WINDOW)).items] == [booked]
