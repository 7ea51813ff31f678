"""What the documents say is true of the program: commands, keys, rooms, tables, tests, links and examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click
import pytest
from test_architecture import LAYERS, OWNERS

from aggregator import config
from aggregator.cli.program import cli
from aggregator.config.sections import CONFIG
from aggregator.errors import AggregatorError
from aggregator.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command and group below *group* with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")


COMMANDS = dict(commands(cli))


def prose(page: Path) -> str:
    """Return a page without its code blocks, where brackets and parentheses mean something else."""
    return FENCED.sub("", page.read_text())


def headings(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them from its headings."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def rows(page: Path) -> list[list[str]]:
    """Return the cells of all table rows of a page."""
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in page.read_text().splitlines() if line[:1] == "|"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_text_and_is_documented(name: str) -> None:
    documented = README.read_text() + (ROOT / "docs" / "commands.md").read_text()

    assert COMMANDS[name].help
    assert re.search(rf"(?:`|aggregator ){re.escape(name)}(?![\w-])", documented)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name: str) -> None:
    options = [parameter for parameter in COMMANDS[name].params if isinstance(parameter, click.Option)]

    assert [option.name for option in options if not option.help] == []


def test_every_documented_command_exists() -> None:
    leaves = {name for name, command in COMMANDS.items() if not isinstance(command, click.Group)}
    documented = [found[1].strip() for row in rows(ROOT / "docs" / "commands.md") if (found := re.match(r"`([a-z ]+)", row[0]))]

    assert sorted(documented) == sorted(leaves)


def test_the_documented_exit_statuses_are_those_of_the_program() -> None:
    def tree(error: type[AggregatorError]) -> set[int]:
        return {error.exit_code}.union(*map(tree, error.__subclasses__()))

    assert {int(row[0]) for row in rows(README) if row[0].isdecimal()} == {0} | tree(AggregatorError)


@pytest.mark.parametrize("key", CONFIG.keys)
def test_every_top_level_key_is_documented(key: str) -> None:
    assert re.search(rf"^#?{key}:", (ROOT / "config.yaml").read_text() + README.read_text(), re.MULTILINE)


def test_the_examples_of_a_configuration_are_valid(tmp_path: Path) -> None:
    examples = [text for language, text in FENCED.findall(README.read_text()) if language == "yaml"]

    assert examples
    for example in examples:
        (tmp_path / "config.yaml").write_text(example)
        config.load(tmp_path / "config.yaml", {})


def test_the_test_command_is_named() -> None:
    assert "`make test`" in README.read_text()
    assert "make test" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_documents_lead_somewhere(page: Path) -> None:
    missing = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in headings(target)):
            missing.append(link)

    assert missing == []


def test_the_architecture_page_shows_every_room_with_its_layer_and_libraries() -> None:
    libraries: dict[str, set[str]] = {room: set() for room in LAYERS}
    for library, owners in OWNERS.items():
        for owner in owners:
            libraries[owner].add(library)
    shown = {
        row[1].strip("`"): (int(row[0].split()[0]), set(filter(None, row[3].split(", "))))
        if len(row) > 3
        else (int(row[0].split()[0]), set())
        for row in rows(ARCHITECTURE)
        if row[0][:1].isdecimal() and row[1][:1] == "`" and row[1].strip("`").isidentifier()
    }

    assert shown == {room: (layer, libraries[room]) for room, layer in LAYERS.items() if room != "__init__"}


def test_the_architecture_page_shows_every_table() -> None:
    drawn = set(re.findall(r"[a-z_]+", ARCHITECTURE.read_text().split("## The store")[1].split("An entry has no text")[0]))

    assert set(metadata.tables) <= drawn


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_that_the_documents_name_exist(page: Path) -> None:
    defined = {name for path in ROOT.glob("tests/**/*.py") for name in re.findall(r"def (test_\w+)", path.read_text())}

    assert set(re.findall(r"`(test_\w+)`", page.read_text())) - defined == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_program_that_the_documents_name_exist(page: Path) -> None:
    named = re.findall(r"`((?:aggregator|tests|migrations|\.ci)/[\w/.-]*)`", page.read_text())

    assert [name for name in named if not (ROOT / name).exists()] == []
