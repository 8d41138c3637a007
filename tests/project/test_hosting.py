"""The files of hosts and of monitoring, each checked by its own tool or schema, and against what the bot exports."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
import yaml

from bot.process.command_line import COMMANDS
from bot.settings import Settings
from tests.project.source import ROOT

MONITORING: Final = ROOT / "deploy" / "monitoring"
UNIT: Final = ROOT / "deploy" / "retouch.service"

with_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
with_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def run(*command: str | Path, folder: Path = ROOT) -> str:
    """Run a command and return what it prints. Fails where the command does."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def exported() -> set[str]:
    """Return the names of our metrics, from the code that exports them."""
    names = set(re.findall(r'"(retouch_\w+)"', (ROOT / "bot" / "web" / "exposition.py").read_text()))
    return {"retouch_build_info" if name == "retouch_build" else name for name in names}


def expressions(file: Path) -> list[str]:
    """Return the queries of the alerts or of the dashboard."""
    if file.suffix == ".json":
        return [target["expr"] for panel in json.loads(file.read_text())["panels"] for target in panel["targets"]]
    return [rule["expr"] for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json", "alerts_test.yml"])
def test_only_exported_metrics_are_asked_for(name: str) -> None:
    used = set(re.findall(r"\bretouch_\w+", (MONITORING / name).read_text()))
    assert used
    assert used - exported() == set()


def test_each_alert_says_what_to_do_and_is_tested() -> None:
    (group,) = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    tests = (MONITORING / "alerts_test.yml").read_text()
    for rule in group["rules"]:
        assert rule["annotations"].keys() == {"summary", "action"}, rule["alert"]
        assert tests.count(rule["alert"]) >= 2, "once silent, once firing"


@with_promtool
def test_alerts_fire_in_trouble_and_are_silent_without() -> None:
    run("promtool", "check", "config", "prometheus.yml", folder=MONITORING)
    run("promtool", "test", "rules", "alerts_test.yml", folder=MONITORING)


@with_promtool
def test_queries_of_the_dashboard_are_promql(tmp_path: Path) -> None:
    queries = expressions(MONITORING / "dashboard.json")
    assert len(queries) > 10
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    run("promtool", "check", "rules", tmp_path / "panels.yml")


def schema(name: str) -> jsonschema_rs.Validator:
    """Return a validator for a schema that the check-jsonschema package ships."""
    text = files("check_jsonschema").joinpath("builtin_schemas", "vendor", f"{name}.json").read_text()
    return jsonschema_rs.validator_for(json.loads(text))


def composed(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / name).read_text()))


@pytest.mark.parametrize("name", ["compose.yaml", "compose.postgresql.yaml"])
def test_compose_files_keep_their_schema_and_the_bot_locked_in(name: str) -> None:
    project = composed(name)
    schema("compose-spec").validate(project)
    bot = project["services"]["retouch"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["restart"] == "unless-stopped"
    assert all(port.startswith("127.0.0.1:") for port in bot["ports"])
    assert "backup" in project["services"]


@pytest.mark.parametrize("name", ["compose.yaml", "compose.postgresql.yaml"])
def test_compose_files_set_only_variables_that_the_bot_knows(name: str) -> None:
    known = {field.alias for field in Settings.model_fields.values()}
    assert set(composed(name)["services"]["retouch"]["environment"]) <= known


def test_workflow_of_the_image_keeps_its_schema_and_builds_for_both_processors() -> None:
    text = (ROOT / ".github" / "workflows" / "image.yml").read_text()
    schema("github-workflows").validate(yaml.safe_load(text.replace("\non:", '\n"on":', 1)))
    assert "linux/amd64,linux/arm64" in text


def test_image_is_not_run_as_root_and_copies_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    copied = [line.split()[1] for line in lines if re.match(r"COPY [^-]", line)]
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert copied == ["requirements.txt", "bot", "cogs", "locales"]
    assert all((ROOT / path).exists() and f"!{path}" in allowed for path in copied)


@with_systemd
def test_unit_is_understood_by_systemd_and_hardened(tmp_path: Path) -> None:
    """Check it with our Python, since the unit's own path is there on a host alone."""
    unit = tmp_path / "retouch.service"
    unit.write_text(UNIT.read_text().replace("/opt/retouch/.venv/bin/python", sys.executable))
    assert run("systemd-analyze", "verify", "--man=no", unit).strip() == ""
    run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)


def test_procfile_names_commands_of_ours() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines.keys() == {"release", "worker"}, "a web line beside the worker would be a second bot"
    for command in lines.values():
        program, _, verb = command.removeprefix("python -m ").partition(" ")
        assert (program, verb in {"", *COMMANDS}) == ("bot", True)
