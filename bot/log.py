"""Logging from an allow-list: what is not named here is never written. No text, name or address has a field."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "channel",
        "kind",
        "state",
        "outcome",
        "count",
        "queued",
        "sent",
        "failed",
        "unsure",
        "segments",
        "language",
        "intent",
        "sure",
        "sender_id",
        "task",
        "outbox_id",
        "booking_id",
        "reason",
        "error",
        "status",
        "path",
        "method",
        "milliseconds",
        "version",
        "port",
        "url",
        "degraded",
    ]
)


def _allow_list(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in entry.items() if key in ALLOWED}


class OnlyWhere(logging.Filter):
    """Cuts a foreign log line to its level and its logger's name: the message or traceback may quote a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args, record.exc_info, record.exc_text, record.stack_info = (
            "",
            (),
            None,
            None,
            None,
        )
        return True


def configure(stream: Any = None) -> None:
    """Sends structlog's lines, filtered, to `stream` (standard error) as logfmt; other libraries from WARNING up.

    Other libraries' lines are cut to their logger's name and level.
    """
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow_list,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(out),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(OnlyWhere())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
