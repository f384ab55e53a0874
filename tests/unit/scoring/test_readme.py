"""The README's figures of detectors are those that the benchmark wrote down, rounded."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COLUMNS = ("FA", "V3", "P3", "slide")
# The README's name of a row: the benchmark's names of what is in it, in that order.
ROWS = {
    "`state-space`": ["**state-space (default)**"],
    "`individuals-chart`": ["I shrunk chart"],
    "`ewma`": ["J moving average"],
    "both, limits set for the same rate (rule M)": ["M shrunk chart or average"],
    "`raw-individuals-chart`": ["G raw chart, 3 sigma"],
    "`stiles-like`, `strauss-like`, `reliable-drop`": ["D Stiles-like", "C Strauss-like", "A reliable drop"],
    "`openfit-like`": ["E or F OpenFIT-like"],
}


def table(text: str) -> dict[str, list[str]]:
    """The cells of each row, by the row's first cell."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {first: cells for first, *cells in rows}


def measured() -> dict[str, list[str]]:
    report = (ROOT / "tests/bench/detection.md").read_text("utf-8")
    srs = re.search(r"^### srs$(.*?)^### ", report, re.MULTILINE | re.DOTALL)
    assert srs, "the benchmark's report has a section of SRS-like clients"
    return table(srs[1])


@pytest.mark.parametrize("row", ROWS)
def test_a_detectors_figures_are_the_benchmarks(row: str) -> None:
    bench = measured()
    readme = table((ROOT / "services/scoring/README.md").read_text("utf-8"))[row][-len(COLUMNS) :]
    for column, cell in zip(COLUMNS, readme, strict=True):
        said = [float(figure) for figure in cell.split(",")]
        found = [float(bench[name][bench["detector"].index(column)]) for name in ROWS[row]]
        decimals = max(len(figure.partition(".")[2]) for figure in cell.split(","))
        assert said == pytest.approx(found, abs=0.5 * 10**-decimals + 1e-9), column
