"""Measures seed archives: cold, unchanged, one file changed; beside `jekyll build` of the same posts where it is installed.

    .venv/bin/python bench/seeds.py [1000 5000 20000] [--jekyll 1000 5000]

CPU seconds (user and system, of all processes), start-up included, of `aggregator run`, which ingests the posts and publishes
a feed and a page for each of 40 categories, the newest 50 entries in each. The peer is the site that `jekyll new` makes (theme
minima, plug-in jekyll-feed) with the same posts, its cache kept between builds: once as it comes, with one feed of ten posts,
and once with the feeds that we publish (`feed: {categories: …, posts_limit: 50}`).
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
SAME_FEEDS = f"feed: {{posts_limit: 50, categories: [{', '.join(f'c{n}' for n in range(CATEGORIES))}]}}"


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
    # Installed programs start from compiled code; where this is set, Python would compile ours anew each time.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    watched = [sys.executable, "-c", script, *command]
    done = subprocess.run(watched, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, env=environment)
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


def measure_jekyll(folder: Path, number: int, configuration: str) -> dict[str, Cost]:
    """Measure Jekyll on the same posts, in the site it makes by default, with more *configuration*."""
    subprocess.run(["jekyll", "new", "--skip-bundle", folder], check=True, capture_output=True)
    (folder / "Gemfile").unlink()
    shutil.rmtree(folder / "_posts")
    with (folder / "_config.yml").open("a") as file:
        file.write(f"\n{configuration}\n")
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
    print("| posts | step | aggregator: CPU s | peak MB | Jekyll: CPU s | / ours | Jekyll with our feeds: CPU s | / ours |")
    print("|---|---|---|---|---|---|---|---|")
    for size in wanted.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            ours = measure_us(Path(temporary) / "ours", size)
            peers = [
                measure_jekyll(Path(temporary) / name, size, configuration)
                for name, configuration in (("default", ""), ("same", SAME_FEEDS))
                if size in wanted.jekyll and shutil.which("jekyll")
            ]
        for step, cost in ours.items():
            cells = [f"{size}", step, f"{cost.cpu:.2f}", f"{cost.peak:.0f}"]
            for peer in peers:
                cells += [f"{peer[step].cpu:.1f}", f"{peer[step].cpu / cost.cpu:.0f}"] if step in peer else ["", ""]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
