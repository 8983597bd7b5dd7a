"""A GET request over HTTPS with limits on time and size, tried again where that may help."""

import http.client
import logging
import time
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from typing import IO

TIMEOUT = 30.0  # seconds without a byte
PAUSES = (0.5, 2.0)  # seconds before the second and the third attempt
LOOPBACK = ("127.0.0.1", "::1", "localhost")

logger = logging.getLogger(__name__)


def is_allowed(url: str) -> bool:
    """Return whether `url` is HTTPS, or HTTP within this machine.

    Examples
    --------
    >>> is_allowed("https://example.org"), is_allowed("http://example.org")
    (True, False)
    """
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def get(url: str, max_bytes: int) -> bytes:
    """Return the content at `url`.

    Raises
    ------
    OSError
        If there is no answer, the answer is an error, the content is incomplete, or it has more
        than `max_bytes`. After an error that may be temporary (a time-out, a broken connection, an
        overloaded server) the request is made again, up to three times in all.
    """
    logger.info("downloading %s", url)
    for pause in PAUSES:
        try:
            return _get_once(url, max_bytes)
        except OSError as error:
            if not _is_temporary(error):
                raise
            logger.info("%s: %s; trying again in %s s", url, error, pause)
            time.sleep(pause)
    return _get_once(url, max_bytes)


class _SameSafety(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to an address that `is_allowed`."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not is_allowed(newurl):
            raise OSError(f"it redirects to {newurl}, which is not HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _get_once(url: str, max_bytes: int) -> bytes:
    handlers: list[urllib.request.BaseHandler] = [_SameSafety()]
    if urllib.parse.urlsplit(url).hostname in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy would look on itself
    request = urllib.request.Request(url, headers={"User-Agent": "pyfedlite"})
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT) as response:
            content: bytes = response.read(max_bytes + 1)
            promised = _length(response.headers)
    except http.client.HTTPException as error:  # the only errors here that are not OSError
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    if len(content) > max_bytes:
        raise OSError(f"more than {max_bytes} bytes")
    if promised is not None and len(content) != promised:
        raise ConnectionError(f"the connection broke after {len(content)} of {promised} bytes")
    return content


def _length(headers: Message) -> int | None:
    text = headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _is_temporary(error: OSError) -> bool:
    if isinstance(error, urllib.error.HTTPError):
        return error.code == 429 or error.code >= 500
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    refused = isinstance(reason, ConnectionRefusedError)
    return isinstance(reason, TimeoutError | ConnectionError) and not refused
