"""The built site: complete, and content with what lies in its own folder.

``make docs`` builds it and then runs these tests; elsewhere they are left out, because a site that
was built some time ago says nothing about the sources of now.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import threading
import zlib
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from statistics import NormalDist

import pytest

ROOT = Path(__file__).parents[2]
if "BUILT_SITE" not in os.environ:
    pytest.skip("needs the built site: make docs", allow_module_level=True)
SITE = Path(os.environ["BUILT_SITE"]).resolve()
pytest.importorskip("sphinx")

TUTORIALS = sorted((ROOT / "tutorials").glob("*-*.md"))
HTML = sorted(SITE.rglob("*.html"))
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
OWN_BUSINESS = {  # what the browser asks its maker, on an empty page too
    "accounts.google.com",
    "android.clients.google.com",
    "clients2.google.com",
    "content-autofill.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "safebrowsingohttpgateway.googleapis.com",
    "update.googleapis.com",
    "www.google.com",
}
needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs chromium")
LOADS = {  # attributes that make a browser fetch, by tag
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
}


class Fetched(HTMLParser):
    """Collects the addresses that a page fetches without being asked."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag in LOADS and values.get("rel") not in ("canonical", "next", "prev"):
            self.found.append(values.get(LOADS[tag]) or "")
        self.found += re.findall(r"url\(([^)]*)\)", values.get("style") or "")


def is_outside(address):
    return re.match(r"(https?:)?//", address.strip("'\" ")) is not None


def module_page():
    path = ROOT / "docs" / "_ext" / "backticks.py"
    spec = importlib.util.spec_from_file_location("backticks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def described_names():
    inventory = (SITE / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(inventory).decode().splitlines()
    return {line.split(" ", 1)[0] for line in lines if " py:" in line}


def test_every_public_name_is_described():
    backticks = module_page()
    described = described_names()
    missing = [
        f"{module_name}.{name}"
        for module_name in backticks.public_modules()[1:]
        if module_name != "pyfedlite.cli"
        for name in backticks.public_names(import_module(module_name))
        if f"{module_name}.{name}" not in described
    ]
    assert missing == []


def test_every_name_at_the_top_is_described_at_its_home():
    import pyfedlite

    homes = module_page().homes()
    described = described_names()
    assert [name for name in pyfedlite.__all__ if homes.get(name) not in described] == []


def test_no_formula_of_a_docstring_runs_into_one_line():
    for page in sorted((SITE / "reference" / "modules").glob("*.html")):
        quoted = re.findall(r"<blockquote>\s*<div><p>(.*?)</p>", page.read_text("utf-8"), re.S)
        assert quoted == [], f"{page.name}: end the line before an indented block with ::"


def test_no_page_shows_where_in_memory_an_object_lay():
    shown = re.compile(r"&lt;[^&]* at 0x[0-9a-f]{6,}&gt;")
    assert [page.name for page in HTML if shown.search(page.read_text("utf-8"))] == []


def test_no_page_fetches_anything_from_outside():
    for page in HTML:
        parser = Fetched()
        parser.feed(page.read_text("utf-8"))
        assert [address for address in parser.found if is_outside(address)] == [], page.name


def test_no_style_sheet_fetches_anything_from_outside():
    for sheet in SITE.rglob("*.css"):
        text = sheet.read_text("utf-8")
        addresses = re.findall(r"url\(([^)]*)\)", text) + re.findall(r"@import\s+([^;]+);", text)
        assert [address for address in addresses if is_outside(address)] == [], sheet.name


def test_what_a_page_fetches_is_there():
    for page in HTML:
        parser = Fetched()
        parser.feed(page.read_text("utf-8"))
        for address in parser.found:
            if address and not address.startswith("data:"):
                assert (page.parent / address.split("?")[0].split("#")[0]).exists(), address


@pytest.mark.parametrize("source", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_says_how_long_its_cells_ran_and_that_is_below_a_minute(source):
    page = (SITE / "tutorials" / f"{source.stem}.html").read_text("utf-8")
    (seconds,) = re.findall(r"cells ran for ([\d.]+) seconds when this page was built", page)
    assert 0 < float(seconds) < 60


def test_the_font_for_mathematics_is_there():
    assert (SITE / "_static" / "stix-two-math.woff").stat().st_size > 100_000


class Listener:
    """A proxy that answers nobody and remembers which hosts it was asked for."""

    def __init__(self):
        self.hosts = set()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    connection.settimeout(1)
                    target = connection.recv(4096).split(b" ")[1].decode()
                    self.hosts.add(re.sub(r"^\w+://|[:/].*$", "", target))

    def close(self):
        # A blocked accept() holds the socket open; shutting it down wakes the thread.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener():
    server = Listener()
    yield server
    server.close()


def opened(address, listener, profile):
    """Open a page in a browser whose every request goes to `listener`; return its DOM."""
    options = [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-domain-reliability",
        "--disable-sync",
        f"--user-data-dir={profile}",
        f"--proxy-server={listener.address}",
        "--proxy-bypass-list=<-loopback>",
        "--virtual-time-budget=5000",
        "--dump-dom",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")
    command = [BROWSER, *options, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@needs_browser
def test_the_listener_would_notice_a_request(listener, tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<img src="http://outside.example/picture.png">')
    opened(page.as_uri(), listener, tmp_path / "profile")
    assert "outside.example" in listener.hosts


@needs_browser
@pytest.mark.parametrize(
    "name", ["index.html", "quickstart.html", "reference/modules/algorithms.html"]
)
def test_an_opened_page_asks_nobody(name, listener, tmp_path):
    dom = opened((SITE / name).as_uri(), listener, tmp_path / "profile")
    assert "</html>" in dom
    assert listener.hosts - OWN_BUSINESS == set()


@needs_browser
def test_search_finds_pages_without_a_server(listener, tmp_path):
    address = (SITE / "search.html").as_uri() + "?q=partition"
    dom = opened(address, listener, tmp_path / "profile")
    assert "pyfedlite.data" in re.sub(r"<[^>]+>", "", dom.split('id="search-results"')[1])
    assert listener.hosts - OWN_BUSINESS == set()


@needs_browser
def test_the_slider_of_page_10_stands_on_it_with_its_numbers(listener, tmp_path):
    page = SITE / "tutorials" / "10-differential-privacy.html"
    dom = opened(page.as_uri(), listener, tmp_path / "profile")
    found = 100 * NormalDist().cdf(NormalDist().inv_cdf(0.01) + 1.0)  # z = 1
    picture = dom.split('<div id="two-bells">')[1]
    assert re.search(
        r'<label for="two-bells-z">.*?<input type="range" id="two-bells-z"', picture, re.S
    )
    assert f"z = 1.0, μ = 1/z = 1.00: {found:.1f} % found" in picture
    assert listener.hosts - OWN_BUSINESS == set()


def test_only_a_page_with_a_place_for_a_script_loads_it():
    scripts = sorted(path.stem for path in (ROOT / "docs" / "_static").glob("*.js"))
    for page in HTML:
        text = page.read_text("utf-8")
        places = [name for name in scripts if f'<div id="{name}">' in text]
        assert places == [name for name in scripts if f"_static/{name}.js" in text], page.name
