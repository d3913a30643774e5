"""What the server says while it serves."""

import logging
import socket
import sys

import pytest

from app.api.serving import address_of, listen, without_message


def record_of(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except type(error):
        return logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), sys.exc_info())


def test_a_log_says_where_and_which_kind_but_not_the_message() -> None:
    record = record_of(KeyError("Neutropenia of S-01"))
    assert without_message(record) is True
    said = logging.Formatter().format(record)
    assert "S-01" not in said
    assert said.endswith("KeyError")
    assert "in record_of" in said


def test_a_log_without_exception_stands() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "started", (), None)
    assert without_message(record) is True
    assert logging.Formatter().format(record) == "started"


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_an_address_can_be_opened(host: str, shown: str) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with listen(host, 0) as listening:
        port = listening.getsockname()[1]
        assert address_of(listening) == f"http://{shown}:{port}"
        socket.create_connection((host, port), timeout=10).close()
