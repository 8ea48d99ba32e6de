import os
from pathlib import Path

import pytest

# What reads a template asks for a region; nothing here goes to AWS.
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "testing"
os.environ["SAM_CLI_TELEMETRY"] = "0"

import cloudformation  # noqa: E402

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1]


@pytest.fixture(scope="session")
def workspace():
    return EXAMPLE.parents[1]


@pytest.fixture(scope="session")
def example():
    """The folder of the template."""
    return EXAMPLE


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
