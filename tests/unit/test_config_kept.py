"""An unchanged configuration is not read as YAML again, and nothing is believed of it that YAML would not say."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config
from aggregator.config import kept, yaml_tree
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (
    'site: {url: "https://news.example.org/"}\nstore: postgresql://me:secret@db/news\nfeeds: [{url: "https://a.example/feed"}]\n'
)


@pytest.fixture(name="environ")
def _environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(TEXT)
    return file


def without_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_text: str) -> yaml_tree.YamlTree:
        raise AssertionError("the YAML was read")

    monkeypatch.setattr(yaml_tree, "read_yaml", read)


def test_an_unchanged_file_is_read_once(file: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = config.load(file, environ)
    without_yaml(monkeypatch)

    assert config.load(file, environ) == first


def test_a_changed_file_is_read_again(file: Path, environ: dict[str, str]) -> None:
    config.load(file, environ)
    file.write_text(TEXT.replace("a.example", "b.example"))

    assert [s.url for s in config.load(file, environ).subscriptions] == ["https://b.example/feed"]


def test_the_environment_counts_each_time(file: Path, environ: dict[str, str]) -> None:
    config.load(file, environ | {"AGGREGATOR_OUTPUT": "elsewhere/"})

    assert config.load(file, environ).output.name == "public"
    assert config.load(file, environ | {"AGGREGATOR_OUTPUT": "there/"}).output.name == "there"


def test_what_is_wrong_is_told_with_its_line_each_time(file: Path, environ: dict[str, str]) -> None:
    file.write_text(TEXT + "publish: {entries: many}\n")
    with pytest.raises(ConfigError) as first:
        config.load(file, environ)
    with pytest.raises(ConfigError) as second:
        config.load(file, environ)

    assert str(first.value) == str(second.value)
    assert f"{file}:4: publish.entries: " in str(first.value)


def test_a_variable_that_is_wrong_is_told_though_the_file_was_kept(file: Path, environ: dict[str, str]) -> None:
    config.load(file, environ)

    with pytest.raises(ConfigError, match="AGGREGATOR_PUBLISH__ENTRIES"):
        config.load(file, environ | {"AGGREGATOR_PUBLISH__ENTRIES": "many"})


def test_only_the_user_can_read_what_is_kept(file: Path, environ: dict[str, str], tmp_path: Path) -> None:
    config.load(file, environ)
    folder = tmp_path / "cache" / "aggregator"
    (copy,) = folder.iterdir()

    assert b"secret" in copy.read_bytes()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, copy)] == [0o700, 0o600]


def test_where_nothing_can_be_kept_the_file_is_read(file: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")

    assert config.load(file, {"XDG_CACHE_HOME": str(tmp_path / "cache")}) == config.load(file, {})


def test_without_a_cache_folder_of_the_user_nothing_is_kept(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for environ in ({}, {"HOME": ""}, {"XDG_CACHE_HOME": "cache"}):
        config.load(file, environ)

    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_what_cannot_be_kept_leaves_nothing_behind(file: Path, environ: dict[str, str], tmp_path: Path) -> None:
    config.load(file, environ)
    (copy,) = (tmp_path / "cache" / "aggregator").iterdir()
    copy.unlink()
    copy.mkdir()
    config.load(file, environ)

    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"1 ", b"\x93\x01"])
def test_a_damaged_copy_is_passed_over(file: Path, environ: dict[str, str], tmp_path: Path, damage: bytes) -> None:
    first = config.load(file, environ)
    (copy,) = (tmp_path / "cache" / "aggregator").iterdir()
    for content in (damage, copy.read_bytes()[:-1], copy.read_bytes()[:20] + damage):
        copy.write_bytes(content)
        assert config.load(file, environ) == first


WORDS = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(values=st.dictionaries(WORDS, PLAIN), text=st.text())
def test_what_is_kept_is_recalled(tmp_path_factory: pytest.TempPathFactory, values: dict[str, object], text: str) -> None:
    folder = tmp_path_factory.mktemp("kept")
    environ = {"HOME": str(folder)}
    kept.keep(folder / "config.yaml", text, kept.packed(values), environ)

    assert kept.recall(folder / "config.yaml", text, environ) == values
    assert kept.recall(folder / "config.yaml", f"{text} ", environ) is None
    assert kept.recall(folder / "other.yaml", text, environ) is None
