"""What the library logs, as JSON lines beside the access log."""

import logging
import traceback

from serving.telemetry import Telemetry


class LogLines(logging.Handler):
    """Writes warnings and news of the library through the telemetry; of an unforeseen error only type and frames."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(logging.INFO)
        self._telemetry = telemetry

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, now."""
        facts: dict[str, object] = {"level": record.levelname.lower(), "detail": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            facts["error"] = type(error).__name__
            facts["frames"] = [line.strip() for line in traceback.format_tb(error.__traceback__)[-8:]]
        self._telemetry.log(record.name, **facts)


def log_through(telemetry: Telemetry) -> logging.Handler:
    """Send the library's log there, from information upwards; :func:`stop_logging` undoes it."""
    handler, logger = LogLines(telemetry), logging.getLogger("recommender")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    return handler


def stop_logging(handler: logging.Handler) -> None:
    """Take a handler away again."""
    logging.getLogger("recommender").removeHandler(handler)
