"""CSV as a spreadsheet opens it: nothing in it is run."""

from __future__ import annotations

import csv
import io

import pytest

from halo_dash.web.render import to_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_would_be_a_formula_is_text(start: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(to_csv([[f"{start}1+1"]]).decode(), newline=""))
    assert cell == f"'{start}1+1"


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert to_csv([[-1.5, None, 0, "a=b"]]) == b"-1.5,,0,a=b\r\n"
