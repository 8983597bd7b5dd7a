"""The way a file is found or fetched, against a server on this machine."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pyfedlite import _files
from pyfedlite.data import _https, download
from pyfedlite.data.download import SourceFile
from pyfedlite.errors import DataError

CONTENT = b"age,label\n63,1\n"
FILE = SourceFile("set", "table.csv", (), _files.sha256(CONTENT), 100)
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """What the server answers, in turn (the last for ever), and what it was asked for."""

    answers: list[Answer]
    asked: list[str] = field(default_factory=list)
    url: str = ""


def content(body: bytes, promised: int | None = None) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) if promised is None else promised))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in ({"Content-Length": "0"} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    state = Server([content(CONTENT)])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.answers[min(len(state.asked), len(state.answers)) - 1](self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        thread = threading.Thread(target=http_server.serve_forever, args=(0.01,))
        thread.start()
        state.url = f"http://127.0.0.1:{http_server.server_port}"
        monkeypatch.setenv("PYFEDLITE_MIRROR", state.url)
        yield state
        http_server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("PYFEDLITE_DATA", raising=False)
    monkeypatch.setenv("PYFEDLITE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_https, "PAUSES", (0.0, 0.0))
    return tmp_path / "cache"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "given" / "set" / "table.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    monkeypatch.setenv("PYFEDLITE_DATA", str(tmp_path / "given"))
    return path


def test_a_file_is_downloaded_once(server: Server, cache: Path) -> None:
    assert download.read(FILE) == CONTENT
    assert download.read(FILE) == CONTENT
    assert server.asked == ["/set/table.csv"]
    assert (cache / "set" / "table.csv").read_bytes() == CONTENT


def test_a_given_file_is_not_downloaded(server: Server, given: Path) -> None:
    assert download.read(FILE) == CONTENT
    assert download.find(FILE) == given
    assert server.asked == []


def test_a_folder_without_the_file_is_no_hindrance(server: Server, given: Path) -> None:
    given.unlink()
    assert download.read(FILE) == CONTENT


def test_a_wrong_given_file_is_named_and_not_replaced(server: Server, given: Path) -> None:
    given.write_bytes(b"something else")
    with pytest.raises(DataError, match=r"table\.csv must have the SHA-256 .*; delete the file"):
        download.read(FILE)
    assert server.asked == []


def test_a_damaged_cache_is_named(server: Server, cache: Path) -> None:
    path = download.fetch(FILE)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(DataError, match=re.escape(str(path))):
        download.read(FILE)


def test_a_data_folder_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYFEDLITE_DATA", "/no/such/folder")
    with pytest.raises(DataError, match="PYFEDLITE_DATA must name a folder, got '/no/such/folder'"):
        download.read(FILE)


def test_another_content_is_refused_and_leaves_nothing(server: Server, cache: Path) -> None:
    server.answers = [content(b"not what was published")]
    with pytest.raises(DataError, match="must have the SHA-256"):
        download.read(FILE)
    assert not list(cache.rglob("*.csv"))


def test_a_broken_transfer_is_tried_again(server: Server) -> None:
    server.answers = [content(CONTENT[:5], promised=len(CONTENT)), content(CONTENT)]
    assert download.read(FILE) == CONTENT
    assert len(server.asked) == 2


def test_a_transfer_that_stays_broken_is_said(server: Server) -> None:
    server.answers = [content(CONTENT[:5], promised=len(CONTENT))]
    with pytest.raises(DataError, match="the connection broke after 5 of 15 bytes"):
        download.read(FILE)
    assert len(server.asked) == 3


def test_an_overloaded_server_is_asked_again(server: Server) -> None:
    server.answers = [status(503), status(429), content(CONTENT)]
    assert download.read(FILE) == CONTENT


def test_an_absent_file_is_not_asked_for_again(server: Server) -> None:
    server.answers = [status(404)]
    with pytest.raises(DataError, match="HTTP Error 404"):
        download.read(FILE)
    assert len(server.asked) == 1


def test_more_than_there_can_be_is_not_read(server: Server) -> None:
    server.answers = [content(b"x" * 10_000)]
    with pytest.raises(DataError, match="more than 100 bytes"):
        download.read(FILE)


def test_a_redirect_within_safety_is_followed(server: Server) -> None:
    server.answers = [status(302, Location="/elsewhere"), content(CONTENT)]
    assert download.read(FILE) == CONTENT
    assert server.asked == ["/set/table.csv", "/elsewhere"]


def test_a_redirect_out_of_https_is_not_followed(server: Server) -> None:
    server.answers = [status(302, Location="http://example.org/table.csv")]
    with pytest.raises(DataError, match=r"redirects to http://example.org/table.csv, which is not"):
        download.read(FILE)


def test_without_an_answer_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYFEDLITE_MIRROR", "http://127.0.0.1:9")  # the port that discards
    with pytest.raises(DataError) as raised:
        download.read(FILE)
    sentence = str(raised.value)
    assert sentence.startswith(
        "table.csv must be downloaded once, got no good copy from http://127"
    )
    hint = "; go online, set PYFEDLITE_MIRROR, or put the file at $PYFEDLITE_DATA/set/table.csv"
    assert sentence.endswith(hint)


@pytest.mark.parametrize("mirror", ["http://example.org", "ftp://example.org", "example.org"])
def test_a_mirror_is_https(monkeypatch: pytest.MonkeyPatch, mirror: str) -> None:
    monkeypatch.setenv("PYFEDLITE_MIRROR", mirror)
    with pytest.raises(DataError, match=f"PYFEDLITE_MIRROR must start with https.*{mirror}"):
        download.read(FILE)


def test_the_next_address_is_tried(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYFEDLITE_MIRROR")
    server.answers = [content(b"wrong"), content(CONTENT)]
    urls = (f"{server.url}/first", f"{server.url}/second")
    file = SourceFile(FILE.folder, FILE.name, urls, FILE.sha256, FILE.max_bytes)
    assert download.read(file) == CONTENT
    assert server.asked == ["/first", "/second"]


def test_the_checksum_may_be_of_the_parsed_table(server: Server) -> None:
    def no_spaces(raw: bytes) -> bytes:
        return raw.replace(b" ", b"")

    file = SourceFile("set", "table.csv", (), FILE.sha256, 100, no_spaces)
    server.answers = [content(CONTENT.replace(b",", b" , "))]
    assert download.read(file) == CONTENT.replace(b",", b" , ")


def test_a_table_that_cannot_be_parsed_is_said(server: Server) -> None:
    def refuse(raw: bytes) -> bytes:
        raise ValueError("line 1 must have 14 values, got 2")

    with pytest.raises(DataError, match=r"cannot be read: line 1 must have 14 values, got 2"):
        download.read(SourceFile("set", "table.csv", (), FILE.sha256, 100, refuse))


def test_a_cache_that_cannot_be_written_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PYFEDLITE_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"must be writable.*; set PYFEDLITE_CACHE to a folder"):
        download.read(FILE)


def test_forget_removes_from_the_cache_alone(server: Server, given: Path, cache: Path) -> None:
    assert download.forget(FILE) is None
    assert given.exists()
    given.unlink()
    path = download.fetch(FILE)
    assert download.forget(FILE) == path
    assert not path.exists()


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "pyfedlite"),
        ("win32", "LOCALAPPDATA", "pyfedlite/cache"),
    ],
)
def test_the_cache_lies_where_the_platform_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, variable: str, expected: str
) -> None:
    monkeypatch.delenv("PYFEDLITE_CACHE")
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert download.cache_folder() == tmp_path / expected


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", ".cache/pyfedlite"),
        ("darwin", "Library/Caches/pyfedlite"),
        ("win32", "AppData/Local/pyfedlite/cache"),
    ],
)
def test_without_a_variable_the_cache_lies_in_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, expected: str
) -> None:
    for variable in ("PYFEDLITE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert download.cache_folder() == tmp_path / expected
