"""The house rules that a machine can check: layers, one library per room, sizes, banned names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "aggregator"
FILES = sorted(PACKAGE.rglob("*.py"))

# design.md, section 3. `ingest` is below its callers, since seeds and feeds go through the same steps.
LAYERS = {
    "__init__": 0, "errors": 0, "package_data": 0, "digests": 0,
    "model": 10, "patterns": 10, "iris": 10,
    "parse": 20, "clean": 20, "urls": 20, "decide": 20, "classify": 20, "schedule": 20, "freshness": 20, "render": 20,
    "pages": 20, "delta": 20, "discovery": 20, "opml": 20, "likeness": 20, "terms": 20,
    "config": 30, "fetch": 30, "seeds": 30, "store": 30, "feedfiles": 30, "lock": 30, "log": 30, "watch": 30, "workers": 30,
    "ingest_rules": 30, "websub": 30, "ingest": 40,
    "poll": 41, "sow": 41, "publish": 41,
    "web": 50, "daemon": 50,
    "app": 60,
    "cli": 70,
}  # fmt: skip
OWNERS = {
    "feedparser": {"parse"}, "nh3": {"clean"}, "can_ada": {"urls"}, "re2": {"patterns"},
    "pypinyin": {"classify"}, "feedgen": {"render"}, "jinja2": {"pages"}, "pycurl": {"fetch"}, "brotli": {"fetch"},
    "comrak": {"seeds"}, "sqlalchemy": {"store"}, "alembic": {"store"}, "pysqlite3": {"store"}, "psycopg": {"store"},
    "starlette": {"web"}, "uvicorn": {"web"}, "apscheduler": {"daemon"}, "click": {"cli"}, "rich": {"cli"},
    "watchfiles": {"watch"}, "pebble": {"workers"}, "xxhash": {"config", "delta", "poll", "publish", "web"},
    "isal": {"feedfiles", "publish"},
    "yaml": {"config", "seeds"},  # as a configuration and as front matter: two schemas, two sets of limits
    "lxml": {"clean", "render", "parse"},  # HTML trees; feedgen's extension interface; XML checks
}  # fmt: skip
BANNED = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "handlers", "handler"}
MODULE_LINES, FUNCTION_LINES = 300, 50


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[str]:
    """Every module that *path* imports anywhere in it; those under TYPE_CHECKING too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "aggregator":
            found += [f"aggregator.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_room_has_a_layer() -> None:
    assert {room(path) for path in FILES} == set(LAYERS)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_module_imports_only_from_lower_layers(path: Path) -> None:
    upward = []
    for module in imports(path):
        parts = module.split(".")
        if parts[0] != "aggregator" or len(parts) == 1 or parts[1] in {room(path), "__version__"}:
            continue
        if LAYERS[parts[1]] >= LAYERS[room(path)]:
            upward.append(module)

    assert upward == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_library_is_known_to_its_rooms_only(path: Path) -> None:
    strangers = [m for m in imports(path) if room(path) not in OWNERS.get(m.split(".")[0], {room(path)})]

    assert strangers == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_module_fits_on_a_few_screens_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.body[-1].end_lineno or 0) - node.body[0].lineno + 1 > FUNCTION_LINES
    ]

    assert ast.get_docstring(tree)
    assert text.count("\n") <= MODULE_LINES
    assert long == []
    assert path.stem not in BANNED


def test_no_file_names_a_registry_host() -> None:
    root = PACKAGE.parent
    locks = sorted(root.glob("requirements*.lock"))

    assert [line for lock in locks for line in lock.read_text().splitlines() if "://" in line or "index-url" in line] == []
