"""Files under the output folder: whole or not at all, and only when their bytes change."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import LockedError, OutputError
from aggregator.feedfiles import read_published, remove_stale, stat_of, write_if_changed
from aggregator.lock import exclusive

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_written_once_and_keeps_its_time_when_nothing_changed(tmp_path: Path) -> None:
    assert write_if_changed(tmp_path, "feeds/a.atom", b"one")
    os.utime(tmp_path / "feeds/a.atom", (1, 1))

    assert not write_if_changed(tmp_path, "feeds/a.atom", b"one")
    assert (tmp_path / "feeds/a.atom").stat().st_mtime == 1
    assert write_if_changed(tmp_path, "feeds/a.atom", b"three")
    os.utime(tmp_path / "feeds/a.atom", ns=(7, 7))
    assert (read_published(tmp_path, "feeds/a.atom"), stat_of(tmp_path, "feeds/a.atom")) == (b"three", (5, 7))


def test_everybody_may_read_what_is_published(tmp_path: Path) -> None:
    write_if_changed(tmp_path, "a.atom", b"x")

    assert stat.S_IMODE((tmp_path / "a.atom").stat().st_mode) & 0o444 == 0o444


def test_a_reader_holding_the_old_file_keeps_reading_it_whole(tmp_path: Path) -> None:
    write_if_changed(tmp_path, "a.atom", b"old" * 1000)
    with (tmp_path / "a.atom").open("rb") as reader:
        write_if_changed(tmp_path, "a.atom", b"new")

        assert reader.read() == b"old" * 1000


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_if_changed(tmp_path, "a.atom", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device; the file as it was stays published"):
        write_if_changed(tmp_path, "a.atom", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.atom": b"old"}


def test_a_link_in_the_way_is_replaced_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.atom").symlink_to(tmp_path / "secret")

    with pytest.raises(OutputError, match=r"cannot read .*a\.atom"):
        write_if_changed(out, "a.atom", b"new")
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_a_folder_in_the_way_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "a.atom").mkdir()

    with pytest.raises(OutputError, match=r"a\.atom"):
        write_if_changed(tmp_path, "a.atom", b"new")


def test_only_our_temporary_files_are_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    for name in (".a.atom.123.tmp", "b.tmp", ".hidden", "a.atom"):
        (tmp_path / "feeds" / name).touch()

    remove_stale(tmp_path, ["feeds/a.atom", "c/none/index.html"])

    assert sorted(path.name for path in (tmp_path / "feeds").iterdir()) == [".hidden", "a.atom", "b.tmp"]


def test_a_lock_is_held_by_one_and_freed_at_the_end(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "x.lock"),
        pytest.raises(LockedError, match="another run is at work"),
        exclusive(tmp_path / "x.lock"),
    ):
        pass
    with exclusive(tmp_path / "x.lock"):
        assert (tmp_path / "x.lock").exists()
