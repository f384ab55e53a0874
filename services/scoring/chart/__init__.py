"""A trajectory as a picture: in plain characters for a terminal, and as SVG.

Nothing is told by colour alone: alarms and ends of ruptures have shapes and words of their own, lines have patterns and
labels, and the SVG carries a title and a description for readers who cannot see it.
"""

from services.scoring.chart.svg import svg_chart
from services.scoring.chart.text import ascii_chart, ascii_series
from services.scoring.chart.timeline import timeline, timelines

__all__ = ["ascii_chart", "ascii_series", "svg_chart", "timeline", "timelines"]
