"""Files under the output folder: whole or not at all, and only when their bytes change."""

from __future__ import annotations

import errno
import gzip
import os
import stat
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import LockedError, OutputError
from aggregator.feedfiles import NewFile, Written, prepare, read_published, remove_stale, stat_of, write
from aggregator.lock import exclusive

if TYPE_CHECKING:
    from pathlib import Path


def write_if_changed(root: Path, path: str, content: bytes) -> bool:
    return write(root, [NewFile(path, content, packed=False)]).paths == (path,)


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
    with pytest.raises(OutputError, match="No space left on device; what is there stays as it was"):
        write_if_changed(tmp_path, "a.atom", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.atom": b"old"}


def test_a_link_in_the_way_is_told_of_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.atom").symlink_to(tmp_path / "secret")

    assert list(write(out, [NewFile("a.atom", b"new")]).obstacles) == ["a.atom"]
    assert [path.name for path in out.iterdir()] == ["a.atom"]
    assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize(
    ("obstacle", "path", "why"),
    [
        pytest.param("a.atom/x", "a.atom", "a.atom: something that is no file is there; move it away", id="folder"),
        pytest.param("a.atom.gz/x", "a.atom", "a.atom.gz: something that is no file is there; move it away", id="gzip form"),
        pytest.param("c", "c/c.atom", "c/c.atom: {root}/c is no folder; move it away", id="file for a folder"),
    ],
)
def test_what_is_in_the_way_of_a_file_costs_that_file_only_and_is_told(
    tmp_path: Path, obstacle: str, path: str, why: str
) -> None:
    (tmp_path / obstacle).parent.mkdir(exist_ok=True)
    (tmp_path / obstacle).write_bytes(b"theirs")

    done = write(tmp_path, [NewFile(path, b"new"), NewFile("d/d.atom", b"new")])
    assert (done.paths, done.obstacles) == (("d/d.atom",), {path: f"cannot write {tmp_path}/{why.format(root=tmp_path)}"})
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()) == sorted(
        [obstacle, "d/d.atom", "d/d.atom.gz"]
    )


def test_a_link_to_nowhere_where_a_folder_should_be_costs_what_would_be_in_it_only(tmp_path: Path) -> None:
    (tmp_path / "c").symlink_to(tmp_path / "nowhere")

    done = write(tmp_path, [NewFile("c/c.atom", b"new"), NewFile("d/d.atom", b"new")])
    assert (done.paths, list(done.obstacles)) == (("d/d.atom",), ["c/c.atom"])


def test_a_file_whose_gzip_form_cannot_be_replaced_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [NewFile("a.atom", b"old")])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def refuse(_: str, target: str) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", target)

    monkeypatch.setattr(os, "replace", refuse)
    assert list(write(tmp_path, [NewFile("a.atom", b"new")]).obstacles) == ["a.atom"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["out", "out/feeds"])
def test_a_folder_that_cannot_be_made_ends_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"")

    with pytest.raises(OutputError, match=f"cannot make the folder {tmp_path / name}: File exists"):
        prepare(tmp_path / "out", ["feeds"])


def test_only_our_temporary_files_are_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    for name in (".a.atom.123.tmp", "b.tmp", ".hidden", "a.atom"):
        (tmp_path / "feeds" / name).touch()

    remove_stale(tmp_path, ["feeds", "c"])

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


def test_of_many_files_those_that_change_are_written_in_their_order(tmp_path: Path) -> None:
    names = [f"feeds/{n}.atom" for n in range(40)]
    write(tmp_path, [NewFile(names[3], b"3")])

    assert list(write(tmp_path, [NewFile(name, name[6:-5].encode()) for name in names]).paths) == names[:3] + names[4:]
    assert [read_published(tmp_path, name) for name in names] == [str(n).encode() for n in range(40)]


def test_a_gzip_form_has_the_time_of_its_file_and_is_made_good_where_it_has_not(tmp_path: Path) -> None:
    write(tmp_path, [NewFile("a.atom", b"x" * 100)])
    assert write(tmp_path, [NewFile("a.atom", b"x" * 100)]) == Written()

    os.utime(tmp_path / "a.atom.gz", ns=(7, 7))
    assert write(tmp_path, [NewFile("a.atom", b"x" * 100)]) == Written(("a.atom",))
    assert gzip.decompress((tmp_path / "a.atom.gz").read_bytes()) == b"x" * 100
    assert (tmp_path / "a.atom").stat().st_mtime_ns == (tmp_path / "a.atom.gz").stat().st_mtime_ns
