"""What `halo serve` prints, in each of its forms."""

from __future__ import annotations

import io
import json
from pathlib import Path

from halo_dash.app.announce import READY, Announcer
from halo_dash.config import Settings
from halo_dash.config.exporters import environment_for


def printed(settings: Settings, **options: bool) -> tuple[list[str], list[str]]:
    out, err = io.StringIO(), io.StringIO()
    announcer = Announcer(settings, out=out, err=err, **options)
    announcer.bound()
    announcer.ready()
    announcer.note("collector", "one\ntwo")
    return out.getvalue().splitlines(), err.getvalue().splitlines()


def test_text_is_quiet_when_asked() -> None:
    loud, _ = printed(Settings(Path("/x/halo.db")))
    assert loud[-1] == READY
    quiet, errors = printed(Settings(Path("/x/halo.db"), quiet=True))
    assert quiet == []
    assert errors == ["[collector] one", "two"]


def test_json_is_one_object_a_line_and_quiet_leaves_the_ready_line() -> None:
    out, err = printed(Settings(Path("/x/halo.db"), log_format="json"))
    assert [json.loads(line)["event"] for line in out] == ["part"] * 4 + ["ready"]
    assert json.loads(err[0]) == {"event": "log", "part": "collector", "message": "one\ntwo"}
    out, _ = printed(Settings(Path("/x/halo.db"), log_format="json", quiet=True))
    ready = json.loads(out[0])
    assert ready["collector"] == "http://127.0.0.1:4281"
    assert ready["dashboard"] == "http://127.0.0.1:4280"
    assert ready["storage"] == "sqlite:////x/halo.db"


def test_a_dashboard_that_is_switched_off_is_said_to_be() -> None:
    out, _ = printed(Settings(Path("/x/halo.db"), dashboard_enabled=False))
    assert "switched off" in out[2]
    out, _ = printed(Settings(Path("/x/halo.db"), dashboard_enabled=False, log_format="json"))
    assert json.loads(out[-1])["dashboard"] is None


def test_a_token_is_printed_only_when_it_was_made_up() -> None:
    open_to_all = Settings(Path("/x/halo.db"), host="0.0.0.0", token="s3cret")
    out, err = printed(open_to_all)
    assert "s3cret" not in "\n".join((*out, *err))
    assert "clients must show the token of HALO_TOKEN" in err[0]
    assert any("$HALO_TOKEN" in line for line in out)
    out, _ = printed(open_to_all, shows_token=True)
    assert any("?token=s3cret" in line for line in out)


def test_warnings_of_the_configuration_are_passed_on() -> None:
    _, err = printed(Settings(Path("/x/halo.db"), warnings=("HALO_PROT is odd.",)))
    assert err[0] == "[config] HALO_PROT is odd."


def test_variables_for_an_exporter_carry_the_token_encoded() -> None:
    found = environment_for("http://127.0.0.1:4281", protocol="grpc", token="a,b=c d")
    assert found["OTEL_EXPORTER_OTLP_HEADERS"] == "authorization=Bearer%20a%2Cb%3Dc%20d"
    assert found["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc"
