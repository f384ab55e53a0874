"""HTTP in: the client's form, and the instruments that a form may be answered with."""

from services.feedback.web.form import FormPages
from services.feedback.web.instruments import route as instruments_route

__all__ = ["FormPages", "instruments_route"]
