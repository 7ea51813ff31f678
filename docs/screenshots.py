"""Makes the pictures of docs/screenshots, of a demo site of invented articles, with headless Chromium.

    .venv/bin/python docs/screenshots.py [NAME...]

Needs chromium and fonts for Chinese (on Debian: apt install chromium fonts-noto-cjk). Each page at 390 and 1280 pixels, light and
dark; a NAME stands for one page. Nothing is fetched from anywhere else.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from browser import chromium
from demo_site import PAGES, demo

FOLDER = Path(__file__).with_name("screenshots")
HEIGHTS = {390: 1400, 1280: 1000}


def main(names: list[str]) -> None:
    """Make the pictures of these pages, or of all."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is not installed")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as site, chromium(program) as tab:
        for name in names or PAGES:
            for width, height in HEIGHTS.items():
                for scheme in ("light", "dark"):
                    tab.open(site + PAGES[name], width=width, scheme=scheme)
                    (FOLDER / f"{name}-{width}-{scheme}.webp").write_bytes(tab.picture(height))


if __name__ == "__main__":
    main(sys.argv[1:])
