import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

# What reads a template asks for a region; nothing here goes to AWS.
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "testing"
# The SAM CLI reports nothing, keeps nothing at home, and has looked for a newer one just now.
SAM_HOME = tempfile.TemporaryDirectory()
Path(SAM_HOME.name, "metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))
os.environ["__SAM_CLI_APP_DIR"] = SAM_HOME.name
os.environ["SAM_CLI_TELEMETRY"] = "0"

import cloudformation  # noqa: E402
from services import PATIENCE  # noqa: E402

CARGO = os.environ.get("CARGO", "cargo")
TOOLS = Path(sys.executable).parent
HERE = Path(__file__).parent
# What the template calls the processor of this machine, which has to run what is built for it.
ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
EXAMPLE = HERE.parents[1]


@pytest.fixture(scope="session")
def workspace():
    return EXAMPLE.parents[1]


@pytest.fixture(scope="session")
def example():
    """The folder of the template."""
    return EXAMPLE


@pytest.fixture(scope="session")
def operate(workspace):
    """The folder of the pages for operators."""
    return workspace / "docs/operate"


@pytest.fixture(scope="session")
def template():
    return cloudformation.load(EXAMPLE / "template.yaml")


@pytest.fixture(scope="session")
def stack(template):
    """A stack that is accepted, of parameters."""

    def build(*parameters):
        together = {name: value for some in parameters for name, value in some.items()}
        stack = cloudformation.Stack(template, together)
        assert not stack.refusals
        return stack

    return build


@pytest.fixture(scope="session")
def built(workspace, example):
    """The folder with what `sam build` has made."""
    assert ARCHITECTURE, f"Lambda has no processors of the kind {platform.machine()}"
    target = target_of(workspace) / "sam-build"
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(TOOLS), os.environ["PATH"]]),
        "CARGO_LAMBDA_GLOBAL": str(HERE / "CargoLambda.toml"),
        "CARGO_NET_OFFLINE": "true",
        "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
        "CARGO_TARGET_DIR": str(target),
    }
    folder = target / "built"
    command = [
        TOOLS / "sam", "build", "--beta-features", "--build-dir", folder,
        "--parameter-overrides", f"FunctionArchitecture={ARCHITECTURE}",
    ]  # fmt: skip
    result = subprocess.run(command, cwd=example, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="session")
def invoke(built, workspace):
    """Invokes a function of the template, in a process of its own, with each of some events."""
    emulator = "--quiet --locked --package lambda-emulator --bin invoke".split()
    subprocess.run([CARGO, "build", *emulator], cwd=workspace, check=True)

    def invoke(function, variables, *events):
        settings = [f"{name}={value}" for name, value in variables.items()]
        lines = "".join(json.dumps(event) + "\n" for event in events)
        process = subprocess.Popen(
            [CARGO, "run", *emulator, "--", built / function / "bootstrap", *settings], cwd=workspace,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            out, said = process.communicate(lines, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail("waited in vain for answers; so far:\n%s%s" % process.communicate())
        assert process.returncode == 0, said
        answers = [json.loads(line) for line in out.splitlines()]
        assert len(answers) == len(events), out + said
        return answers

    return invoke


def target_of(workspace):
    command = [CARGO, "metadata", "--format-version", "1", "--no-deps", "--locked"]
    result = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=True)
    return Path(json.loads(result.stdout)["target_directory"])
