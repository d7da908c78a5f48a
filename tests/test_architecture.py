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
#: Modules of the engine that only decide; the others are its shell.
PURE = (
    "actions",
    "backoff",
    "booking_born",
    "booking_born_actions",
    "cases",
    "causes",
    "deletions",
    "difference",
    "intend",
    "links",
    "marks",
    "merge",
    "outcomes",
    "outlook_born",
    "outlook_born_actions",
    "plan",
    "questions",
    "refusals",
    "setbacks",
    "settle",
    "telling",
    "tries",
    "waits",
)
PURE_NAMES = tuple(f"sync.engine.{name}" for name in PURE)
SHELL = (
    "ask",
    "carry",
    "course",
    "ending",
    "event_removal",
    "explain",
    "looks",
    "losses",
    "observe",
    "preview",
    "reading",
    "record",
    "removal",
    "run",
)
#: Plain packages: importing a name from one is also an import of the package.
PACKAGES = ("sync", "sync.engine", "sync.service")


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


def test_the_domain_knows_only_the_standard_library_and_itself() -> None:
    foreign = ("azure", "msal", "msgraph", "kiota", "httpx", "msgspec", "jinja2", "tzlocal")

    offences = [
        f"{_name(path)} -> {module}"
        for path in _files("sync/domain")
        for module in sorted(_imports(path))
        if _is_in(module, *foreign, "notifications")
        or (_is_in(module, "sync") and not _is_in(module, "sync.domain", "sync"))
        or (module.startswith("sync.") and not _is_in(module, "sync.domain"))
    ]

    assert offences == []


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


def test_the_domain_neither_waits_nor_reads_clocks_nor_makes_ids() -> None:
    assert _impurities("sync/domain") == []


def test_the_pure_engine_neither_waits_nor_reads_clocks_nor_makes_ids() -> None:
    assert _impurities(*(f"sync/engine/{name}.py" for name in PURE)) == []


def test_each_module_of_the_engine_is_pure_or_shell() -> None:
    there = {path.stem for path in _files("sync/engine")} - {"__init__"}

    assert there == {*PURE, *SHELL}


def test_the_pure_engine_knows_only_the_standard_library_the_domain_and_itself() -> None:
    offences = [
        f"{_name(path)} -> {module}"
        for path in _files(*(f"sync/engine/{name}.py" for name in PURE))
        for module in sorted(_imports(path))
        if module.partition(".")[0] not in sys.stdlib_module_names
        and module not in PACKAGES
        and not _is_in(module, "sync.domain", *PURE_NAMES)
    ]

    assert offences == []


def test_the_shell_of_the_engine_knows_ports_and_three_services() -> None:
    offences = [
        f"{_name(path)} -> {module}"
        for path in _files(*(f"sync/engine/{name}.py" for name in SHELL))
        for module in sorted(_imports(path))
        if module.partition(".")[0] not in sys.stdlib_module_names
        and module not in PACKAGES
        and not _is_in(
            module,
            "sync.domain",
            "sync.engine",
            "sync.errors",
            "sync.ports",
            "sync.service.refusals",
            "sync.service.storing",
            "sync.service.subscriptions",
        )
    ]

    assert offences == []


def test_ports_know_the_domain_the_errors_and_the_engines_values() -> None:
    offences = [
        f"{_name(path)} -> {module}"
        for path in _files("sync/ports")
        for module in sorted(_imports(path))
        if module.partition(".")[0] not in sys.stdlib_module_names
        and module not in PACKAGES
        and not _is_in(module, "sync.domain", "sync.errors", "sync.ports", *PURE_NAMES)
    ]

    assert offences == []


@pytest.mark.parametrize(
    ("places", "forbidden", "but"),
    [
        (
            ("sync/ports",),
            (
                "sync.service",
                "sync.adapters",
                "sync.triggers",
                "sync.web",
                "sync.config",
                "sync.bootstrap",
                "notifications",
            ),
            (),
        ),
        (
            ("sync/web",),
            (
                "sync.service",
                "sync.adapters",
                "sync.triggers",
                "sync.ports",
                "sync.config",
                "sync.bootstrap",
                "azure",
                "notifications",
            ),
            (),
        ),
        (("sync/errors.py",), ("sync", "azure", "notifications"), ()),
        (
            ("sync/service",),
            (
                "sync.adapters",
                "sync.triggers",
                "sync.bootstrap",
                "sync.web",
                "sync.config",
                "notifications",
                "azure",
                "msal",
                "msgraph",
                "httpx",
            ),
            (),
        ),
        (
            ("sync/adapters",),
            (
                "sync.service",
                "sync.triggers",
                "sync.web",
                *(f"sync.engine.{name}" for name in SHELL),
            ),
            (),
        ),
        (("sync/triggers",), ("sync.adapters",), ()),
        (
            ("notifications",),
            (
                "sync.service",
                "sync.adapters",
                "sync.triggers",
                "sync.web",
                "sync.config",
                "sync.bootstrap",
            ),
            (),
        ),
        (PRODUCT, ("simulators", "benchmarks", "tests"), ()),
        (("simulators",), ("sync", "notifications"), ()),
    ],
)
def test_a_layer_does_not_reach_where_it_must_not(
    places: tuple[str, ...], forbidden: tuple[str, ...], but: tuple[str, ...]
) -> None:
    assert _offences(places, forbidden, *but) == []


def test_one_adapter_does_not_know_another() -> None:
    folders = [path.name for path in (ROOT / "sync" / "adapters").iterdir() if path.is_dir()]

    offences = [
        f"{_name(path)} -> {module}"
        for folder in folders
        for path in _files(f"sync/adapters/{folder}")
        for module in sorted(_imports(path))
        for other in folders
        if other != folder and _is_in(module, f"sync.adapters.{other}")
    ]

    assert offences == []


def test_only_the_composition_root_imports_adapters_and_only_triggers_import_it() -> None:
    adapters = _offences(PRODUCT, ("sync.adapters",), "sync.adapters", "sync.bootstrap")
    root = _offences(PRODUCT, ("sync.bootstrap",), "sync.triggers", "function_app")

    assert (adapters, root) == ([], [])


@pytest.mark.parametrize(
    ("vendor", "homes"),
    [
        ("azure.functions", ("sync.triggers", "function_app")),
        ("msgraph", ("sync.adapters.graph",)),
        ("kiota_abstractions", ("sync.adapters.graph",)),
        ("kiota_http", ("sync.adapters.graph",)),
        ("msal", ("sync.adapters.graph",)),
        ("azure.data.tables", ("sync.adapters.tables",)),
        ("azure.storage.queue", ("sync.adapters.queues",)),
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
        if _name(path) != "sync.adapters.clock"
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
