"""From numbers to what a template draws: bars and lines over time, the table behind them. Pure functions.

A page names its charts (`Chart`), says what the time axis is (`TimeAxis`), and hands what `draw` makes of
them to `charts/set.html`. Nothing here knows where the numbers come from.
"""

from halo_dash.web.charts.chart import Chart, Mark, Series, TimeAxis
from halo_dash.web.charts.drawing import ChartSet, DrawnChart, draw
from halo_dash.web.charts.spark import Spark, spark
from halo_dash.web.charts.table import chart_table
from halo_dash.web.charts.units import COUNT, DURATION, SHARE, USD, Unit

__all__ = [
    "COUNT",
    "DURATION",
    "SHARE",
    "USD",
    "Chart",
    "ChartSet",
    "DrawnChart",
    "Mark",
    "Series",
    "Spark",
    "TimeAxis",
    "Unit",
    "chart_table",
    "draw",
    "spark",
]
