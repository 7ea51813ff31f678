"""Measures canonical URLs: microseconds of processor time for each address of tests/unit/url_pairs.tsv, and for ordinary ones.

    .venv/bin/python bench/urls.py [--rounds 30]

Of each address the best of the rounds is taken; its host is known by then, as that of a feed's second item is. "Ordinary" are
addresses that need no rule of their own, which nearly all in feeds are. "With aliases" has twenty declared aliases that fit none.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from aggregator.urls import Alias, UrlRules, canonical_url, explain

TABLE = Path(__file__).resolve().parents[1] / "tests" / "unit" / "url_pairs.tsv"
CALLS = 20
ORDINARY = [
    f"https://{host}{path}{query}"
    for host in ("news.example.com", "www.example.org", "blog.example.net")
    for path in ("/", "/2024/05/17/a-title-of-some-words.html", "/archives/12345/", "/a/b/c/d/e")
    for query in ("", "?id=12345", "?utm_source=rss&utm_medium=feed&id=1")
]


def cost(url: str, rules: UrlRules, rounds: int) -> float:
    """Return the microseconds that *url* takes."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time_ns()
        for _ in range(CALLS):
            canonical_url(url, rules)
        best = min(best, (time.process_time_ns() - begun) / CALLS / 1000)
    return best


def show(name: str, costs: list[float]) -> None:
    """Print one line."""
    ordered = sorted(costs)
    mean, high = statistics.fmean(ordered), ordered[int(len(ordered) * 0.95)]
    print(f"{name:<28}{len(ordered):>6}{mean:>8.1f}{statistics.median(ordered):>8.1f}{high:>8.1f}{ordered[-1]:>8.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    table = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    urls = sorted({url for line in table for url in line[2:]})
    rules = UrlRules()
    aliases = tuple(
        Alias(match=rf"https://s{n}\.example/(\d+),(\d+)\.html", canonical=r"https://x.example/\2") for n in range(20)
    )
    print(f"{'µs for each address':<28}{'number':>6}{'mean':>8}{'median':>8}{'95 %':>8}{'most':>8}")
    costs = {url: cost(url, rules, rounds) for url in urls}
    show("ordinary", [cost(url, rules, rounds) for url in ORDINARY])
    show("the table", list(costs.values()))
    rewritten = [url for url in urls if any(step.rule not in ("spelling", "www") for step in explain(url, rules))]
    show("of these, by further rules", [costs[url] for url in rewritten])
    show("ordinary, with aliases", [cost(url, UrlRules(aliases=aliases), rounds) for url in ORDINARY])
    show("the table, with aliases", [cost(url, UrlRules(aliases=aliases), rounds) for url in urls])
    print("dearest:", *(f"\n  {costs[url]:5.1f}  {url}" for url in sorted(costs, key=lambda url: -costs[url])[:5]))


if __name__ == "__main__":
    main()
