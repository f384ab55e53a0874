"""HTTP in: the page behind the link of a message, and the console."""

from services.alerting.web.acknowledge import AcknowledgePage
from services.alerting.web.console import Console

__all__ = ["AcknowledgePage", "Console"]
