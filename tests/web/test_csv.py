"""CSV as a spreadsheet opens it: nothing in it is run."""

from __future__ import annotations

import csv
import io

import pytest

from halo_dash.web.render import file_name, to_csv

from .conftest import Dashboard, put, run


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_would_be_a_formula_is_text(start: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(to_csv([[f"{start}1+1"]]).decode(), newline=""))
    assert cell == f"'{start}1+1"


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert to_csv([[-1.5, None, 0, "a=b"]]) == b"-1.5,,0,a=b\r\n"


def test_a_table_is_saved_under_the_name_of_its_page(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1, agent='a "b"'))
    assert dashboard.ask("/traces.csv").headers["content-disposition"] == 'attachment; filename="traces.csv"'
    of_agent = dashboard.ask("/agents/a%20%22b%22/traces.csv").headers["content-disposition"]
    assert of_agent == 'attachment; filename="agents-a-b-traces.csv"'


@pytest.mark.parametrize("path", ["/", "/../..", '/x"\r\ny', "/東京", "/" + "a/" * 300])
def test_no_path_breaks_the_header(path: str) -> None:
    name = file_name(path)
    assert 0 < len(name) <= 100
    assert name.isascii()
    assert not set(name) & set('"\\/\r\n')
    assert not name.startswith(".")
