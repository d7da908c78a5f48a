"""The arrows that must never exist, and what a module of each layer may not do.

Read from the source with ``ast``: nothing is imported, so a forbidden import can't hide behind a
condition.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("function_app.py", "sync", "notifications")
#: What every room may name, and what decides nothing about people or calendars.
GROUND = ("sync/words.py", "sync/kept_texts.py", "sync/host.py", "sync/colours.py")
#: Modules that only decide, by room; the others of the room are its shell.
PURE: dict[str, tuple[str, ...]] = {
    "sync/people": (
        "connection_states",
        "contact",
        "letting_go",
        "noted",
        "people",
        "rights",
        "staff_list",
    ),
    "sync/engine": (
        "actions",
        "answers",
        "backoff",
        "booking_born",
        "booking_born_actions",
        "booking_born_moves",
        "cases",
        "causes",
        "deletions",
        "difference",
        "feeds",
        "intend",
        "items",
        "lines",
        "links",
        "marks",
        "merge",
        "outlook_born",
        "outlook_born_actions",
        "plan",
        "questions",
        "reasons",
        "refusals",
        "setbacks",
        "settle",
        "taking_part",
        "telling",
        "texts",
        "verdicts",
        "waits",
        "what_was_tried",
        "window",
    ),
}
SHELL: dict[str, tuple[str, ...]] = {
    "sync/people": (
        "activation",
        "administration",
        "choices",
        "connection_update",
        "enrolment",
        "invitations",
        "mail_choices",
        "my_connection",
        "not_allowed",
        "not_permitted",
        "personal_data",
        "side_by_side",
        "session_ends",
        "subscriptions",
        "sweep",
        "waker",
        "what_holds",
    ),
    "sync/engine": (
        "access_lost",
        "activity",
        "ask",
        "blame",
        "carry",
        "course",
        "deeds",
        "event_removal",
        "explain",
        "observe",
        "preview",
        "reading",
        "record",
        "removal",
        "report",
        "run",
        "three_looks",
    ),
}
#: What every room names: values, and the forms of texts that are kept.
WORDS = ("sync.words", "sync.kept_texts")
#: What every shell may tell operators with, beside the log.
TELLING = ("sync.telemetry",)
#: Values of the rooms that cross a port: the ports stand below the rooms, and name what they carry.
CARRIED = (
    "sync.people.people",
    "sync.engine.items",
    "sync.engine.links",
    "sync.engine.telling",
)
#: Plain packages: importing a name from one is also an import of the package.
PACKAGES = ("sync", "sync.engine", "sync.people")


def _modules(rooms: dict[str, tuple[str, ...]], *chosen: str) -> tuple[str, ...]:
    """Names the modules of the chosen rooms, of all where none is chosen."""
    return tuple(
        f"{room.replace('/', '.')}.{name}"
        for room, names in rooms.items()
        if not chosen or room in chosen
        for name in names
    )


def _paths(rooms: dict[str, tuple[str, ...]], *chosen: str) -> tuple[str, ...]:
    return tuple(f"{name.replace('.', '/')}.py" for name in _modules(rooms, *chosen))


def _files(*places: str) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> set[str]:
    """Gives every module that a file imports, ``from a import b`` as both ``a`` and ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _is_in(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _offences(places: tuple[str, ...], forbidden: tuple[str, ...], *but: str) -> list[str]:
    return [
        f"{_name(path)} -> {module}"
        for path in _files(*places)
        if not _is_in(_name(path), *but)
        for module in sorted(_imports(path))
        if _is_in(module, *forbidden)
    ]


def _impurities(*places: str) -> list[str]:
    banned_modules = ("os", "random", "logging", "asyncio", "time", "socket")
    banned_calls = {"now", "utcnow", "today", "uuid4", "uuid1"}

    offences: list[str] = []
    for path in _files(*places):
        offences += [f"{_name(path)}: {m}" for m in _imports(path) if _is_in(m, *banned_modules)]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                offences.append(f"{_name(path)}: async")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in banned_calls
            ):
                offences.append(f"{_name(path)}: {node.func.attr}()")
    return offences


def test_what_only_decides_neither_waits_nor_reads_clocks_nor_makes_ids() -> None:
    assert _impurities(*GROUND, *_paths(PURE)) == []


@pytest.mark.parametrize("room", PURE)
def test_each_module_of_a_room_is_pure_or_shell(room: str) -> None:
    there = {path.stem for path in _files(room)} - {"__init__"}

    assert there == {*PURE[room], *SHELL[room]}


def _foreign(places: tuple[str, ...], *known: str) -> list[str]:
    """Gives the imports that are neither of the standard library nor known."""
    return [
        f"{_name(path)} -> {module}"
        for path in _files(*places)
        for module in sorted(_imports(path))
        if module.partition(".")[0] not in sys.stdlib_module_names
        and module not in PACKAGES
        and not _is_in(module, *known)
    ]


def test_the_ground_floor_knows_nothing_else() -> None:
    assert _foreign((*GROUND, "sync/errors.py")) == []


def test_messages_know_words_and_the_library_of_languages() -> None:
    assert _foreign(("sync/messages.py",), *WORDS, "babel") == []


def test_what_decides_about_people_knows_words_and_itself() -> None:
    pure = _paths(PURE, "sync/people")

    assert _foreign(pure, *WORDS, *_modules(PURE, "sync/people")) == []


def test_what_decides_about_calendars_knows_words_people_and_itself() -> None:
    assert _foreign(_paths(PURE, "sync/engine"), *WORDS, *_modules(PURE)) == []


def test_ports_know_words_errors_and_what_they_carry() -> None:
    known = ("sync.words", "sync.errors", "sync.ports", *CARRIED)

    assert _foreign(("sync/ports",), *known, "msgspec") == []


def test_people_know_nothing_of_what_is_synced() -> None:
    known = (*WORDS, *TELLING, "sync.errors", "sync.messages", "sync.ports", "sync.people")

    assert _foreign(_paths(SHELL, "sync/people"), *known) == []


def test_the_engine_knows_ports_and_whose_calendars_it_syncs() -> None:
    known = (*WORDS, *TELLING, "sync.errors", "sync.ports", "sync.engine")
    services = ("connection_update", "not_allowed", "subscriptions")

    assert (
        _foreign(
            _paths(SHELL, "sync/engine"),
            *known,
            *_modules(PURE, "sync/people"),
            *(f"sync.people.{name}" for name in services),
        )
        == []
    )


@pytest.mark.parametrize(
    ("places", "forbidden"),
    [
        (
            ("sync/site/pages",),
            (
                "azure",
                "notifications",
                "sync.app",
                "sync.background",
                "sync.bootstrap",
                "sync.config",
                "sync.outside",
                "sync.ports",
                *_modules(SHELL),
            ),
        ),
        (
            ("sync/outside",),
            ("sync.site", "sync.background", "sync.app", "notifications", *_modules(SHELL)),
        ),
        (("sync/site", "sync/background", "sync/app.py"), ("sync.outside",)),
        (("sync/background",), ("sync.site",)),
        (("sync/site",), ("sync.background",)),
        (
            ("notifications",),
            (
                "sync.app",
                "sync.background",
                "sync.bootstrap",
                "sync.config",
                "sync.outside",
                "sync.site",
                *_modules(SHELL),
            ),
        ),
        (PRODUCT, ("simulators", "benchmarks", "tests")),
        (("simulators",), ("sync", "notifications")),
    ],
)
def test_a_room_does_not_reach_where_it_must_not(
    places: tuple[str, ...], forbidden: tuple[str, ...]
) -> None:
    assert _offences(places, forbidden) == []


def test_no_two_modules_of_the_simulators_lean_on_each_other() -> None:
    paths = {_name(path): path for path in _files("simulators")}
    packages = {name for name, path in paths.items() if path.stem == "__init__"}
    leaning = {}
    for name, path in paths.items():
        imports = _imports(path)
        # A package is leaned on where something is taken from it that is no module in it.
        taken = {found.rpartition(".")[0] for found in imports - paths.keys()}
        leaning[name] = imports & paths.keys() & (taken | (paths.keys() - packages))

    while free := [name for name, others in leaning.items() if not others & leaning.keys()]:
        for name in free:
            del leaning[name]

    assert sorted(leaning) == []


def test_one_outside_thing_does_not_know_another() -> None:
    folders = [path.name for path in (ROOT / "sync" / "outside").iterdir() if path.is_dir()]

    offences = [
        f"{_name(path)} -> {module}"
        for folder in folders
        for path in _files(f"sync/outside/{folder}")
        for module in sorted(_imports(path))
        for other in folders
        if other != folder and _is_in(module, f"sync.outside.{other}")
    ]

    assert offences == []


def test_only_the_composition_root_knows_the_outside_and_only_the_app_knows_the_root() -> None:
    outside = _offences(
        PRODUCT, ("sync.outside",), "sync.outside", "sync.bootstrap", "sync.production"
    )
    root = _offences(PRODUCT, ("sync.bootstrap",), "sync.app", "sync.site", "sync.background")

    assert (outside, root) == ([], [])


@pytest.mark.parametrize(
    ("vendor", "homes"),
    [
        ("azure.functions", ("sync.site", "sync.background", "function_app")),
        ("msgraph", ("sync.outside.graph",)),
        ("kiota_abstractions", ("sync.outside.graph",)),
        ("kiota_http", ("sync.outside.graph",)),
        ("msal", ("sync.outside.graph",)),
        ("azure.data.tables", ("sync.outside.tables",)),
        ("azure.storage.queue", ("sync.outside.queues",)),
        ("azure.communication.email", ("notifications.acs",)),
    ],
)
def test_a_vendors_library_has_one_home(vendor: str, homes: tuple[str, ...]) -> None:
    assert _offences(PRODUCT, (vendor,), *homes) == []


def test_the_environment_is_read_in_one_place() -> None:
    offences = [
        _name(path)
        for path in _files(*PRODUCT)
        if _name(path) != "sync.config"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]

    assert offences == []


def test_the_clock_is_read_in_one_place() -> None:
    offences = [
        _name(path)
        for path in _files(*PRODUCT)
        if _name(path) != "sync.outside.clock"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "uuid4"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "uuid"}
    ]

    assert offences == []


def test_function_app_holds_registrations_only() -> None:
    assert len((ROOT / "function_app.py").read_text().splitlines()) < 60


def test_every_module_of_the_product_says_what_it_is_for() -> None:
    silent = [
        _name(p) for p in _files(*PRODUCT) if ast.get_docstring(ast.parse(p.read_text())) is None
    ]

    assert silent == []


def test_no_module_outgrows_a_reader() -> None:
    long = {
        _name(path): lines
        for path in _files(*PRODUCT, "simulators")
        if (lines := len(path.read_text().splitlines())) > 400
    }

    assert long == {}
