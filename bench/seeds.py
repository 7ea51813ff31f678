"""Measures seed archives: cold, unchanged, one file changed; beside `jekyll build` of the same posts where it is installed.

    .venv/bin/python bench/seeds.py [1000 5000 20000] [--jekyll 1000 5000]

CPU seconds (user and system, of all processes), start-up included, of `aggregator run`, which ingests and publishes. The peer is
the site that `jekyll new` makes (theme minima, plug-in jekyll-feed) with the same posts, its cache kept between builds.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

COMMAND = Path(sys.executable).with_name("aggregator")
CATEGORIES = 40


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU seconds, and the largest process in MB."""

    cpu: float
    peak: float


def measured(*command: str | Path, cwd: Path) -> Cost:
    """Run a command to its end, below a process of its own, so that what is counted is this command and its children only."""
    script = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024); sys.exit(done.returncode)"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    cpu, peak = done.stdout.split()
    return Cost(float(cpu), float(peak))


def write_archive(folder: Path, number: int) -> None:
    """Write Chinese posts of about 3 KB, the same for the same number."""
    chance = random.Random(number)  # noqa: S311 - repeatable, not secret
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
    folder.mkdir(parents=True)
    for n in range(number):
        day = f"{2010 + n // 336 % 14}-{1 + n // 28 % 12:02}-{1 + n % 28:02}"
        paragraphs = "\n\n".join(
            "，".join("".join(chance.choices(letters, k=chance.randint(5, 20))) for _ in range(12)) + "。" for _ in range(6)
        )
        title, tag = ("".join(chance.choices(letters, k=k)) for k in (18, 4))
        (folder / f"{day}-{n:06}.md").write_text(
            f'---\nlayout: post\ntitle: "{title}"\ndate: {day} 10:00:{n % 60:02} +0800\ncategories: c{n % CATEGORIES}\n'
            f"tags: {tag}\n---\n{paragraphs}\n\n<http://news.example.com/a/{n}.html>\n\n"
            "[返回栏目](//old.example.org/c/)｜[返回首页](//old.example.org/)\n"
        )


def change_one(folder: Path) -> None:
    """Change the text of the newest post."""
    path = max(folder.iterdir())
    path.write_text(path.read_text().replace("。", "！", 1))


def measure_us(folder: Path, number: int) -> dict[str, Cost]:
    """Measure our own program on an archive of *number* posts."""
    write_archive(folder / "posts", number)
    (folder / "config.yaml").write_text("site: {timezone: Asia/Shanghai}\nseeds: [{path: posts/}]\n")
    cold = measured(COMMAND, "run", cwd=folder)
    unchanged = measured(COMMAND, "run", cwd=folder)
    change_one(folder / "posts")
    return {"cold": cold, "unchanged": unchanged, "one changed": measured(COMMAND, "run", cwd=folder)}


def measure_jekyll(folder: Path, number: int) -> dict[str, Cost]:
    """Measure Jekyll on the same posts, in the site it makes by default."""
    subprocess.run(["jekyll", "new", "--skip-bundle", folder], check=True, capture_output=True)
    (folder / "Gemfile").unlink()
    shutil.rmtree(folder / "_posts")
    write_archive(folder / "_posts", number)
    cold = measured("jekyll", "build", "--quiet", cwd=folder)
    change_one(folder / "_posts")
    return {"cold": cold, "one changed": measured("jekyll", "build", "--quiet", cwd=folder)}


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("sizes", nargs="*", type=int, default=[1000, 5000, 20000])
    options.add_argument("--jekyll", nargs="*", type=int, default=[1000, 5000])
    wanted = options.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| posts | program | step | CPU s | peak MB | Jekyll / ours |")
    print("|---|---|---|---|---|---|")
    for size in wanted.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            ours = measure_us(Path(temporary) / "ours", size)
            peer = measure_jekyll(Path(temporary) / "jekyll", size) if size in wanted.jekyll and shutil.which("jekyll") else {}
        for step, cost in ours.items():
            ratio = f"{peer[step].cpu / cost.cpu:.0f}" if step in peer else ""
            print(f"| {size} | aggregator | {step} | {cost.cpu:.2f} | {cost.peak:.0f} | {ratio} |")
        for step, cost in peer.items():
            print(f"| {size} | jekyll | {step} | {cost.cpu:.2f} | {cost.peak:.0f} | |", flush=True)


if __name__ == "__main__":
    main()
