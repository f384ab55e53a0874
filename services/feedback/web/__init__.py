"""HTTP in: the client's form, the kiosk's screen, and the instruments that a form may be answered with."""

from services.feedback.web.form import FormPages
from services.feedback.web.instruments import route as instruments_route
from services.feedback.web.kiosk import KioskPages

__all__ = ["FormPages", "KioskPages", "instruments_route"]
