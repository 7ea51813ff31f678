from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from aggregator.errors import SeedError
from aggregator.model import Reject
from aggregator.seeds import SeedFile, read, scan


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"12345")
        os.utime(file, ns=(1_700_000_000_123_456_789, 1_700_000_000_123_456_789))


def found(path: str) -> SeedFile:
    return SeedFile(path=path, size=5, mtime_ns=1_700_000_000_123_456_789)


def test_seeds_are_found_in_any_depth_sorted_by_path(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a.md", "a/z.markdown", "a/b/c/中文.html", "a b/x.txt", "UPPER.MD")

    assert list(scan(tmp_path)) == [
        found("UPPER.MD"), found("a b/x.txt"), found("a.md"), found("a/b/c/中文.html"), found("a/z.markdown"), found("b.md"),
    ]  # fmt: skip


def test_hidden_files_and_other_files_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, ".a.md", ".git/a.md", "a.png", "README", "md", "_posts/a.md")

    assert list(scan(tmp_path)) == [found("_posts/a.md")]


def test_drafts_are_listed_as_such_and_not_opened(tmp_path: Path) -> None:
    write(tmp_path, "_drafts/a.md", "_drafts/b/c.md", "_drafts/a.png", "x/_drafts/a.md", "x/my_drafts/a.md")
    (tmp_path / "_drafts" / "out.md").symlink_to("/etc/passwd")
    (tmp_path / "_drafts" / "a.md").chmod(0)

    assert [item if isinstance(item, SeedFile) else (item.place, item.code) for item in scan(tmp_path)] == [
        ("_drafts/a.md", "draft"),
        ("_drafts/b/c.md", "draft"),
        ("_drafts/out.md", "outside"),
        ("x/_drafts/a.md", "draft"),
        found("x/my_drafts/a.md"),
    ]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="no such folder") as caught:
        scan(tmp_path / "absent")

    assert caught.value.code == "no-folder"


def test_links_out_of_the_folder_are_refused_and_links_within_it_skipped(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "seeds"
    write(outside, "secret.md")
    write(folder, "a.md", "sub/b.md")
    (folder / "dangling.md").symlink_to(folder / "absent.md")
    (folder / "file.md").symlink_to(outside / "secret.md")
    (folder / "folder").symlink_to(outside)
    (folder / "inner").symlink_to(folder / "sub")
    (folder / "inner.md").symlink_to(folder / "a.md")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "picture.png").symlink_to(outside / "secret.md")

    assert list(scan(folder)) == [
        found("a.md"),
        Reject(place="dangling.md", code="unreadable", message="dangling.md: a symbolic link to nothing; remove it"),
        Reject(place="file.md", code="outside", message="file.md: a symbolic link out of the seed folder; it is not followed"),
        Reject(place="folder", code="outside", message="folder: a symbolic link out of the seed folder; it is not followed"),
        Reject(place="loop.md", code="unreadable", message="loop.md: a symbolic link to nothing; remove it"),
        found("sub/b.md"),
    ]


def test_a_folder_swapped_for_a_link_while_it_waits_is_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "seeds"
    write(outside, "secret.md")
    write(folder, "a.md", "sub/b.md")
    items = scan(folder)

    first = next(iter(items))
    (folder / "sub").rename(tmp_path / "away")
    (folder / "sub").symlink_to(outside)

    assert first == found("a.md")
    assert [(item.place, item.code) for item in items if isinstance(item, Reject)] == [("sub/", "unreadable")]


def test_pipes_and_sockets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.md")
        refused = [(reject.place, reject.code) for reject in scan(tmp_path) if isinstance(reject, Reject)]

    assert refused == [("pipe.md", "not-a-file"), ("socket.md", "not-a-file")]


def test_a_name_nobody_can_print_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "line\nbreak.md")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xd6\xd0.md")).write_bytes(b"x")

    assert [(item.place, item.code) for item in scan(tmp_path) if isinstance(item, Reject)] == [
        ("line\nbreak.md", "bad-name"),
        ("��.md", "bad-name"),
    ]


def test_reading_gives_the_bytes(tmp_path: Path) -> None:
    write(tmp_path, "a/b/c.md")

    assert read(tmp_path, "a/b/c.md", max_size=5) == b"12345"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="no system with such files")
def test_a_file_larger_than_it_says_is_read_to_its_end_or_refused() -> None:
    proc = Path("/proc")  # its files say that they are empty; those that grow while they are read are like that

    assert read(proc, "version", max_size=10_000) == (proc / "version").read_bytes()
    with pytest.raises(SeedError, match="longer than 9 bytes"):
        read(proc, "version", max_size=9)


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        pytest.param("big.md", "too-large", "longer than 4 bytes", id="too large"),
        pytest.param("absent.md", "unreadable", "No such file", id="absent"),
        pytest.param("pipe.md", "not-a-file", "regular", id="a pipe does not stall"),
        pytest.param("folder", "not-a-file", "regular", id="a folder"),
        pytest.param("link.md", "unreadable", "symbolic links", id="a link put there after the scan"),
        pytest.param("way/secret.md", "unreadable", "Not a directory", id="a link on the way"),
        pytest.param("../outside/secret.md", "not-a-file", "within", id="upwards"),
        pytest.param("/etc/passwd", "not-a-file", "within", id="absolute"),
        pytest.param("", "not-a-file", "within", id="the folder itself"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_reason(tmp_path: Path, path: str, code: str, message: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "seeds"
    write(outside, "secret.md")
    write(folder, "big.md", "folder/a.md")
    os.mkfifo(folder / "pipe.md")
    (folder / "link.md").symlink_to(outside / "secret.md")
    (folder / "way").symlink_to(outside)

    with pytest.raises(SeedError, match=message) as caught:
        read(folder, path, max_size=4)

    assert caught.value.code == code
