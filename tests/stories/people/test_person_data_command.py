"""What an operator may type: whatever is mistyped ends before anything is read or deleted."""

import pytest

from scripts import person_data


@pytest.mark.parametrize(
    "typed",
    [
        ["delete", "acc1", "anna "],
        ["delete", "'acc1'", "anna"],
        ["export", "", "anna"],
        ["export", "acc1", "a/b"],
        ["delete", "acc1", "anna", "--at"],
        ["delete", "acc1", "anna", "--wait", "nan"],
        ["delete", "acc1", "anna", "--wait", "inf"],
        ["delete", "acc1", "anna", "--wait", "-5"],
        ["delete", "acc1", "anna", "--wait", "99999"],
        ["delete", "acc1"],
    ],
)
def test_r10_2_a_mistyped_command_says_so_and_does_nothing(
    typed: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[None] = []
    monkeypatch.setattr(person_data, "open_app", lambda: opened.append(None))

    with pytest.raises(SystemExit) as ended:
        person_data.main(typed)

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: ")
    assert opened == []
