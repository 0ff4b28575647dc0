"""Opens a page in a headless browser and asks a script what it sees."""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium installed; the page is not tried in a browser")

#: Runs a program in a network of its own that has no device but a loopback that is down.
CUT = ("unshare", "--net")


def can_cut():
    """Whether this machine lets the network of a program be cut."""
    return (
        shutil.which(CUT[0]) is not None
        and not subprocess.run([*CUT, "true"], capture_output=True, check=False).returncode
    )


def run_in_browser(page, folder, *, script="null", size=(1400, 900), chosen="", cut=False):
    """Open a page at an address, let it settle, evaluate a script in it; its value and what the page said of itself."""
    probe = (
        f"<script>window.setTimeout(function () {{ document.body.dataset.probe = JSON.stringify({script}); }}, 600);"
        "</script></html>"
    )
    (folder / "map.html").write_text(page.replace("</html>", probe), encoding="utf-8")
    frame = f'<iframe src="map.html#{chosen}" style="border:0;width:{size[0]}px;height:{size[1]}px"></iframe>'
    # Asked for again and again: on a busy machine the page may take its time.
    collect = (
        "<script>(function look(tries) { window.setTimeout(function () {"
        "const inside = document.querySelector('iframe').contentDocument;"
        "if (!(inside && inside.body && inside.body.dataset.probe) && tries < 50) { look(tries + 1); return; }"
        "document.title = 'taken?' + inside.title;"
        "document.body.dataset.out = JSON.stringify({...inside.body.dataset}); }, tries ? 300 : 1500); })(0);</script>"
    )
    (folder / "frame.html").write_text(f"<body>{frame}{collect}</body>", encoding="utf-8")
    flags = (
        "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --allow-file-access-from-files --virtual-time-budget=20000 "
        f"--user-data-dir={folder / 'profile'} --window-size={size[0] + 60},{size[1] + 60} --dump-dom"
    )
    dom = subprocess.run(
        [*(CUT if cut else ()), CHROMIUM, *flags.split(), (folder / "frame.html").as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    found = re.search(r'data-out="([^"]*)"', dom)
    assert found, dom[-2000:]
    out = json.loads(unescape(found[1]))
    return json.loads(out["probe"]), out, dom
