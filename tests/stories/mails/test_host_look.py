"""The host's name, logo, colour and help in every mail (R12.8)."""

import re

import pytest

from notifications.rendering import render
from sync.colours import contrast
from sync.host import Host
from sync.messages import ENGLISH
from sync.ports import MailJob, MailKind
from tests.stories.mails.people import ANN, connection
from tests.stories.mails.test_courier import Post
from tests.stories.mails.test_messages import about, all_letters

HOST = Host(
    name="Salon & Planner",
    logo_url="https://static.example.org/logo.svg?a=1",
    colour="#ffd54a",
    support_url="https://help.example.org/?topic=outlook",
)
LETTERS = all_letters(about(connection()))


@pytest.mark.parametrize("number", range(len(LETTERS)))
def test_r12_8_every_mail_has_the_hosts_look_and_help(number: int) -> None:
    mail = render(LETTERS[number], "a@b.c", ENGLISH, HOST)

    assert 'src="https://static.example.org/logo.svg?a=1"' in mail.html
    assert "Salon &amp; Planner" in mail.html
    assert mail.text.startswith("Salon & Planner\n")
    for body in (mail.html, mail.text):
        assert "https://help.example.org/?topic=outlook" in body


def test_r12_8_a_button_in_the_hosts_colour_can_be_read() -> None:
    html = render(LETTERS[0], "a@b.c", ENGLISH, HOST).html

    button = re.search(r'bgcolor="(#[0-9a-f]{6})".*?color:(#[0-9a-f]{6}); text-', html, re.DOTALL)

    assert button is not None
    assert contrast(button[1], button[2]) >= 4.5
    assert contrast(button[1], "#f2f4f7") >= 4.5, "links have the same colour"
    assert ".link { color: #ffd54a !important; }" in html


def test_r12_8_without_settings_a_mail_loads_no_picture() -> None:
    mail = render(LETTERS[0], "a@b.c", ENGLISH)

    assert "<img" not in mail.html
    assert "Get help" not in mail.html + mail.text
    assert not mail.text[0].isspace()


async def test_r12_8_what_is_sent_has_the_look() -> None:
    post = Post()
    await post.keep(connection())

    await post.courier.deliver(MailJob(person=ANN, kind=MailKind.RECONNECTED, key="1"))

    sent = post.sender.sent[0]
    assert sent.text.startswith("Salon Planner\n")
    assert "Connect-Up" not in sent.text + sent.html + sent.subject
