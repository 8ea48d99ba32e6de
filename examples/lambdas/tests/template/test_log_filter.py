"""The subscription delivers the messages that the tracker uses, and no others."""

import json
import re

import pytest

from filter_pattern import matches
from parameter_sets import CACHE

CORE = "session-limit-core/src/event"
# From the documentation of the service; the tracker has no use for the last three.
DOCUMENTED = (
    "CONNECTED DISCONNECTED EXIT_REASON AUTH_FAILURE OPEN CLOSE PARTIAL_CLOSE CREATE_SYMLINK "
    "DELETE MKDIR RENAME RMDIR SETSTAT ERROR CONNECTION_REJECTED TLS_RESUME_FAILURE KEX_FAILURE"
).split()


@pytest.fixture(scope="module")
def pattern(stack):
    (subscription,) = stack(CACHE).of_type("AWS::Logs::SubscriptionFilter").values()
    return subscription["FilterPattern"]


@pytest.fixture(scope="module")
def used(workspace):
    """The activity types that mean something to the core."""
    source = (workspace / CORE / "activity_type.rs").read_text()
    (named,) = re.findall(r"match name \{(.*?)_ => Self::Other", source, re.DOTALL)
    names = re.findall(r'"([A-Z_]+)"', named)
    assert "DISCONNECTED" in names
    return set(names)


def message(activity, **more):
    return json.dumps({"session-id": "9ca9a0e1cec6ad9d", "activity-type": activity, **more})


def test_exactly_what_the_tracker_uses_is_delivered(pattern, used):
    every = {*DOCUMENTED, *used}
    assert {name for name in every if matches(pattern, message(name))} == used
    assert set(re.findall(r'"([^"]*)"', pattern)) == used


def test_the_samples_of_the_documentation_are_delivered(pattern, workspace):
    source = (workspace / CORE / "tests/samples.rs").read_text()
    samples = re.findall(r'const [A-Z_]+: &str = r#"(\{.*?\})"#;', source)
    assert len(samples) == 4
    for sample in samples:
        assert matches(pattern, sample), sample
        assert matches(pattern, json.dumps(json.loads(sample), indent=2)), sample


@pytest.mark.parametrize(
    "text",
    [
        message("TELEPORTED", path="/home/DISCONNECTED"),
        message("KEX_FAILURE", message='"activity-type":"DISCONNECTED"'),
        message("XDISCONNECTED"),
        message("disconnected"),
        message(["DISCONNECTED"]),
        json.dumps({"details": {"activity-type": "DISCONNECTED"}}),
        json.dumps({"type": "ExecutionStarted", "details": {"input": {"key": "DISCONNECTED"}}}),
        "user.914984e553bcddb6 DISCONNECTED",
        "DISCONNECTED",
    ],
)
def test_the_word_alone_is_not_delivered(pattern, text):
    assert not matches(pattern, text)


def test_a_file_called_disconnected_is_delivered_as_what_it_is(pattern):
    opened = message("OPEN", path="/home/DISCONNECTED")
    assert matches(pattern, opened)
    ends = '{ ($.activity-type = "DISCONNECTED") || ($.activity-type = "EXIT_REASON") }'
    assert not matches(ends, opened)


def test_the_pattern_is_as_long_as_cloudwatch_allows(pattern):
    assert len(pattern) <= 1024


@pytest.mark.parametrize(
    ("some", "document", "expected"),
    [
        ('{ $.a = "x" }', {"a": "x"}, True),
        ('{ $.a = "x*" }', {"a": "xyz"}, True),
        ('{ $.a = "x" && $.b = "y" }', {"a": "x"}, False),
        ('{ $.a = "x" || $.b = "y" && $.c = "z" }', {"a": "x"}, True),
        ('{ ($.a = "x" || $.b = "y") && $.c = "z" }', {"a": "x"}, False),
        ('{ $.a.b != "x" }', {"a": {"b": "y"}}, True),
    ],
)
def test_patterns_are_understood(some, document, expected):
    assert matches(some, json.dumps(document)) == expected
