"""HTTP in: the page behind the link of a message, on-call calendars, and the console."""

from services.alerting.web.acknowledge import AcknowledgePage
from services.alerting.web.calendar import CalendarFeed
from services.alerting.web.console import Console

__all__ = ["AcknowledgePage", "CalendarFeed", "Console"]
