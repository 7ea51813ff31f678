"""Owns why a fetch failed: the stable codes, and the words for people. Pure; knows libcurl's numbers but not libcurl."""

from __future__ import annotations

import errno
import os
from enum import StrEnum
from http import HTTPStatus

from msgspec import Struct


class Reason(StrEnum):
    """The codes of :class:`aggregator.model.FetchFailure`; beside these, ``http-NNN`` for a status we cannot use."""

    BAD_URL = "bad-url"  # not http or https, or nobody can read it (our URL, or one we were redirected to)
    DNS = "dns"  # the host name has no address
    UNREACHABLE = "unreachable"  # refused, reset or no route
    TIMEOUT = "timeout"  # connecting, waiting for the next byte, or altogether
    TLS = "tls"  # no trusted encrypted connection
    ADDRESS_BLOCKED = "address-blocked"  # not a public address, and not in fetch.allow
    TOO_MANY_REDIRECTS = "too-many-redirects"
    TOO_LARGE = "too-large"  # body or headers beyond the limit, on the wire or unpacked
    TRUNCATED = "truncated"  # the body ended early
    BAD_CODING = "bad-coding"  # a Content-Encoding we did not ask for, or a body that is not what it says
    PROTOCOL = "protocol"  # what came is not HTTP
    BAD_FIELD = "bad-field"  # a header field of our own that cannot be sent
    UNASKED_304 = "unasked-304"  # "not modified" although we did not ask whether
    UNASKED_226 = "unasked-226"  # a part of the document (RFC 3229) that we did not ask for
    EMPTY = "empty"  # 200 with nothing in it


class Why(Struct, frozen=True, kw_only=True):
    """Why a fetch failed: a stable *code* for machines, one line of *message* for people."""

    code: str
    message: str


class Ending(Struct, frozen=True, kw_only=True):
    """How libcurl says a transfer ended. *error* is 0 for success (https://curl.se/libcurl/c/libcurl-errors.html).

    *os_error* is the errno of the last failed system call, 0 for none; *certificate* is OpenSSL's verify result, 0 for good.
    """

    error: int = 0
    text: str = ""
    os_error: int = 0
    certificate: int = 0


class _Curl:
    """The numbers of libcurl we have words for. They are part of its ABI and never change."""

    UNSUPPORTED_PROTOCOL = 1
    URL_MALFORMAT = 3
    COULDNT_RESOLVE_HOST = 6
    COULDNT_CONNECT = 7
    WEIRD_SERVER_REPLY = 8
    HTTP2 = 16
    PARTIAL_FILE = 18
    OPERATION_TIMEDOUT = 28
    SSL_CONNECT_ERROR = 35
    GOT_NOTHING = 52
    SEND_ERROR = 55
    RECV_ERROR = 56
    PEER_FAILED_VERIFICATION = 60
    FILESIZE_EXCEEDED = 63
    SSL_CACERT_BADFILE = 77
    HTTP2_STREAM = 92
    TOO_LARGE = 100


_NOT_HTTP = Why(code=Reason.PROTOCOL, message="the server's answer is not HTTP")  # HTTP/0.9, a body without a head, included
_CUT = Why(code=Reason.TRUNCATED, message="the connection closed before the whole document had come")
_FIXED: dict[int, Why] = {
    _Curl.UNSUPPORTED_PROTOCOL: _NOT_HTTP,
    _Curl.URL_MALFORMAT: Why(code=Reason.BAD_URL, message="the URL cannot be read"),
    _Curl.WEIRD_SERVER_REPLY: _NOT_HTTP,
    _Curl.PARTIAL_FILE: _CUT,
    _Curl.OPERATION_TIMEDOUT: Why(code=Reason.TIMEOUT, message="timed out"),
    _Curl.GOT_NOTHING: Why(code=Reason.PROTOCOL, message="the server closed the connection without an answer"),
    _Curl.FILESIZE_EXCEEDED: Why(code=Reason.TOO_LARGE, message="the document is larger than fetch.max_body"),
    _Curl.TOO_LARGE: Why(code=Reason.TOO_LARGE, message="a response header is too large"),
    _Curl.SSL_CACERT_BADFILE: Why(
        code=Reason.TLS,
        message="this machine's CA certificates cannot be read; install ca-certificates or set SSL_CERT_FILE",
    ),
}

# X509_V_ERR_… of OpenSSL: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_CERTIFICATES = {
    9: "is not yet valid; check the clock of this machine",
    10: "has expired",
    18: "is self-signed",
    19: "comes from an authority that this machine does not trust",
    20: "comes from an authority that this machine does not know, or its intermediate certificate is not sent",
    21: "comes from an authority that this machine does not know, or its intermediate certificate is not sent",
    23: "has been revoked",
}
# libcurl compares the name by itself, and leaves 0 (fine) or 1 (unspecified) as OpenSSL's verdict.
_NAME_CHECK = {0, 1, 62, 64}

_ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "needs credentials",
    HTTPStatus.FORBIDDEN: "Forbidden: the server does not serve us",
    HTTPStatus.NOT_FOUND: "Not Found: there is no feed at this URL",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "needs credentials for a proxy",
    HTTPStatus.GONE: "Gone: the publisher has removed this feed for good",
    HTTPStatus.TOO_MANY_REQUESTS: "Too Many Requests: the server wants fewer of them",
}


def of_status(status: int) -> Why:
    """Why a response of this *status* (neither 200 nor 304) brings nothing."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "(unknown status)"
    words = _ADVICE.get(status, phrase)
    if status < HTTPStatus.MULTIPLE_CHOICES:
        words += ": no whole document comes with it"
    elif status < HTTPStatus.BAD_REQUEST:
        words += ": a redirect that does not say where to"
    return Why(code=f"http-{status}", message=f"{status} {words}")


def of_ending(ending: Ending, *, host: str, status: int) -> Why:
    """Why a transfer with *host* ended with an error; *status* is that of the last response it saw, 0 for none."""
    if ending.error in _FIXED:
        return _FIXED[ending.error]
    match ending.error:
        case _Curl.COULDNT_RESOLVE_HOST:
            code, message = Reason.DNS, f"could not resolve host {host}"
        case _Curl.COULDNT_CONNECT:
            code, message = Reason.UNREACHABLE, f"could not connect to {host}: {_system(ending)}"
        case _Curl.PEER_FAILED_VERIFICATION:
            code, message = Reason.TLS, _certificate(ending, host)
        case _Curl.SSL_CONNECT_ERROR:
            code, message = Reason.TLS, f"no TLS connection to {host}: {_one_line(ending.text)}"
        case _Curl.RECV_ERROR | _Curl.SEND_ERROR | _Curl.HTTP2 | _Curl.HTTP2_STREAM:
            return _broken_off(ending, host, status)
        case _:
            code, message = Reason.PROTOCOL, f"{_one_line(ending.text)} (libcurl error {ending.error})"
    return Why(code=code, message=message)


def _broken_off(ending: Ending, host: str, status: int) -> Why:
    lost = ending.os_error or ending.error in (_Curl.HTTP2, _Curl.HTTP2_STREAM)
    if lost and status in (HTTPStatus.OK, HTTPStatus.IM_USED):
        return _CUT
    if ending.os_error:
        return Why(code=Reason.UNREACHABLE, message=f"lost the connection to {host}: {_system(ending)}")
    return _NOT_HTTP


def _certificate(ending: Ending, host: str) -> str:
    if ending.certificate in _NAME_CHECK:
        return f"the certificate is not for {host}"
    flaw = _CERTIFICATES.get(ending.certificate, f"is not valid ({_one_line(ending.text)})")
    return f"the certificate of {host} {flaw}"


def _system(ending: Ending) -> str:
    if ending.os_error in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return "no route to it"
    return os.strerror(ending.os_error).lower() if ending.os_error else "no address answers"


def _one_line(text: str) -> str:
    return " ".join(text.encode("ascii", "replace").decode().split())[:200]
