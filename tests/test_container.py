"""The Dockerfile and compose.yaml, checked as text: no container engine is needed."""

import json
import re
import shlex
import shutil
import subprocess
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from bot import __version__
from tests.helpers.samples import ROOT

SECONDS = {"s": 1, "m": 60}


def instructions() -> list[list[tuple[str, str]]]:
    """Return the stages of the Dockerfile, each a list of instructions with their arguments."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    stages: list[list[tuple[str, str]]] = []
    for name, arguments in lines:
        if name == "FROM":
            stages.append([])
        if stages:
            stages[-1].append((name, arguments))
    return stages


BUILD, FINAL = instructions()


def arguments_of(stage: list[tuple[str, str]], name: str) -> list[str]:
    return [arguments for instruction, arguments in stage if instruction == name]


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    """The one service of compose.yaml."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert compose["volumes"] == {"data": None}
    (service,) = compose["services"].values()
    return dict(service)


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in arguments_of(FINAL, "ENV") for pair in shlex.split(line))


def test_both_stages_are_the_same_slim_python_that_daybook_runs_on() -> None:
    (build,), (final,) = arguments_of(BUILD, "FROM"), arguments_of(FINAL, "FROM")
    assert build == f"{final} AS build" == "${BASE} AS build"
    base = r"^ARG BASE=python:3\.(\d+)-slim-bookworm$"
    (version,) = re.findall(base, (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert int(version) >= 11


def test_what_is_installed_is_pinned_by_hashes() -> None:
    installs = [part for line in arguments_of(BUILD, "RUN") for part in line.split("&&") if "pip" in part.split()]
    assert len(installs) == 4
    for install in installs:
        assert ("--require-hashes" in install and "-r requirements/" in install) or "--no-deps" in install
    for name in re.findall(r"-r (\S+)", " ".join(installs)):
        pins = (ROOT / name).read_text("utf-8")
        assert re.match(r"\w\S*==\S+( ; [^\\]+)? \\\n    --hash=sha256:", pins), name
    build_pins = (ROOT / "requirements" / "build.txt").read_text("utf-8")
    dev_pins = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
    pins = re.findall(r"^\S+==\S+", build_pins, re.MULTILINE)
    assert any(pin.startswith("hatchling==") for pin in pins)
    assert all(re.search(rf"^{re.escape(pin)} ", dev_pins, re.MULTILINE) for pin in pins)


def test_the_image_holds_nothing_but_the_environment_that_was_built() -> None:
    assert arguments_of(FINAL, "COPY") == ["--from=build /opt/daybook /opt/daybook"]
    assert environment()["PATH"].split(":")[0] == "/opt/daybook/bin"
    assert not arguments_of(FINAL, "ADD")
    assert not any("pip" in line for line in arguments_of(FINAL, "RUN"))


def test_it_is_not_root_that_runs() -> None:
    (user,) = arguments_of(FINAL, "USER")
    user_id, _, group = user.partition(":")
    assert int(user_id) > 0
    assert int(group) > 0
    names = [name for name, _ in FINAL]
    assert names.index("USER") > max(index for index, name in enumerate(names) if name == "RUN")


def added_to_python() -> tuple[list[str], list[str]]:
    """Return the steps that add what slim Python lacks: a font, and who owns the data. Nothing else runs."""
    font, owner = ([" ".join(step.split()) for step in line.split("&&")] for line in arguments_of(FINAL, "RUN"))
    return font, owner


def test_data_live_in_a_volume() -> None:
    assert arguments_of(FINAL, "VOLUME") == ["/data"]
    assert environment()["DAYBOOK_DATA"] == environment()["SQLITE_TMPDIR"] == "/data"
    _, (group, user, folder) = added_to_python()
    assert group.startswith("groupadd --gid 10001 ")
    assert user.startswith("useradd --uid 10001 --gid 10001 ")
    assert folder == "install --directory --owner=10001 --group=10001 /data"


def test_charts_can_write_chinese() -> None:
    font, _ = added_to_python()
    assert font == [
        "apt-get update",
        'apt-get install --yes --no-install-recommends "${FONT}"',
        # A list of packages is of no use where nothing is installed any more.
        "rm -rf /var/lib/apt/lists/*",
    ]
    (pin,) = arguments_of(FINAL, "ARG")
    assert re.fullmatch(r"FONT=fonts-noto-cjk=1:\d{8}\S*", pin)


def test_python_neither_holds_back_lines_nor_writes_beside_its_code() -> None:
    assert environment().items() >= {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}.items()


def test_it_is_the_command_and_runs_the_bot() -> None:
    assert json.loads(arguments_of(FINAL, "ENTRYPOINT")[0]) == ["daybook"]
    assert json.loads(arguments_of(FINAL, "CMD")[0]) == ["run"]


def test_its_health_is_asked_for_by_the_command() -> None:
    (line,) = arguments_of(FINAL, "HEALTHCHECK")
    options, _, command = line.partition(" CMD ")
    assert json.loads(command) == ["daybook", "health"]
    times = {
        name: int(number) * SECONDS[unit] for name, number, unit in re.findall(r"--([a-z-]+)=(\d+)([sm])", options)
    }
    assert times["interval"] <= 60
    assert times["timeout"] <= 10
    assert times["start-period"] >= 30


def test_an_image_without_a_health_check_gets_it_from_compose(service: dict[str, Any]) -> None:
    (line,) = arguments_of(FINAL, "HEALTHCHECK")
    options, _, command = line.partition(" CMD ")
    check = service["healthcheck"]
    assert check["test"] == ["CMD", *json.loads(command)]
    of_the_image = dict(re.findall(r"--([a-z-]+)=(\w+)", options))
    assert {name.replace("-", "_"): value for name, value in of_the_image.items()} == {
        name: str(value) for name, value in check.items() if name != "test"
    }


@pytest.mark.process
@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_the_image_is_built_by_whatever_engine_is_there(tmp_path: Path, engine: str) -> None:
    """The engine is a stand-in that says what it was told: here is none that could build."""
    stand_in = tmp_path / engine
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', "utf-8")
    stand_in.chmod(0o755)
    digest = "sha256:" + "0" * 64
    environment = {"PATH": "/usr/bin:/bin", "ENGINE": str(stand_in), "BASE": f"python@{digest}", "FONT": "a=1"}
    run = partial(subprocess.run, [str(ROOT / "tools" / "build-image")], capture_output=True, text=True, check=True)
    pinned = run(env=environment)
    assert pinned.stderr == ""
    arguments = pinned.stdout.splitlines()
    assert arguments[0] == "build"
    assert ("docker" in arguments) is (engine != "docker"), "OCI images have no HEALTHCHECK"
    assert f"daybook:{__version__}" in arguments
    assert arguments[-5:] == ["--build-arg", f"BASE=python@{digest}", "--build-arg", "FONT=a=1", "."]
    unpinned = run(env={name: value for name, value in environment.items() if name not in ("BASE", "FONT")})
    assert "not pinned" in unpinned.stderr
    assert "--build-arg" not in unpinned.stdout


@pytest.mark.process
@pytest.mark.parametrize(
    ("engines", "chosen", "reason"),
    [
        ({}, {}, "no docker, podman or buildah is installed"),
        ({}, {"ENGINE": "podman"}, "podman is not installed"),
        ({"docker": 1}, {}, "docker is installed, but “docker info” fails"),
    ],
)
def test_without_an_engine_that_works_one_line_says_what_to_do(
    tmp_path: Path, engines: dict[str, int], chosen: dict[str, str], reason: str
) -> None:
    for name in ("sh", "sed", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    for name, code in engines.items():
        stand_in = tmp_path / name
        stand_in.write_text(f"#!/bin/sh\nexit {code}\n", "utf-8")
        stand_in.chmod(0o755)
    environment = {"PATH": str(tmp_path), **chosen}
    answer = subprocess.run(
        [str(ROOT / "tools" / "build-image")], env=environment, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (1, "")
    (line,) = answer.stderr.splitlines()
    assert line.startswith(reason)


@pytest.mark.process
def test_an_engine_whose_service_is_away_is_passed_over(tmp_path: Path) -> None:
    for name, script in (("docker", "exit 1"), ("buildah", 'echo "$1"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    for name in ("sh", "sed", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    script = str(ROOT / "tools" / "build-image")
    answer = subprocess.run([script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert answer.stdout == "build\n"


def test_the_context_holds_what_the_image_is_made_of_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    included = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    copied = [word for line in arguments_of(BUILD, "COPY") for word in shlex.split(line)[:-1]]
    assert sorted(included) == sorted(copied)
    assert all((ROOT / name).exists() for name in included)
    for secret in (".env", "data", "data/ledger.sqlite3", ".git", ".venv"):
        assert not any(fnmatch(secret, name) for name in included)
    packages = re.search(r"^packages = (.*)$", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert packages
    assert set(json.loads(packages[1])) <= set(included)


def test_compose_locks_the_container_up(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  (the container's own, in memory)
    assert service["cap_drop"] == ["ALL"]
    assert service["mem_limit"] == "1g"
    assert 50 <= service["pids_limit"] <= 1000
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "ports", "network_mode", "user"} & service.keys()


def test_compose_keeps_the_data_and_the_bot(service: dict[str, Any]) -> None:
    assert service["volumes"] == ["data:/data"]
    # Counts before what .env says of a folder outside of the container.
    assert service["environment"] == {"DAYBOOK_DATA": "/data"}
    assert (service["build"], service["env_file"]) == (".", ".env")
    assert service["restart"] == "unless-stopped"
    assert re.fullmatch(r"\d+s", service["stop_grace_period"])
    assert int(service["stop_grace_period"][:-1]) >= 10
