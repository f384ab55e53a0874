"""Intake: episodes of care and their sessions, as the clinics report them."""
