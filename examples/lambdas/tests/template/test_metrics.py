"""The dashboard and the alarms show what the functions measure."""

import json
import os
import re
import subprocess

import pytest

from parameter_sets import ALL, CACHE, NO_CACHE

NAMESPACE = "SessionLimit"
# What cannot be read, or was not for want of time, names no server.
OF_NO_SERVER = {
    "RefusedMalformedEvent", "EventsNotApplied", "EventsOther", "MessagesUnparsable",
    "PayloadsUndecodable",
}
AWS = {
    "AWS/Lambda": {
        "Errors", "Throttles", "Duration", "AsyncEventsDropped", "DestinationDeliveryFailures",
    },
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"},
    "AWS/ElastiCache": {"CPUUtilization", "CurrConnections", "CurrItems", "Evictions"},
}


@pytest.fixture(scope="module")
def emitted(workspace):
    """What the code says it measures."""
    command = "run --quiet --locked --package session-limit-lambda --example metrics"
    cargo = os.environ.get("CARGO", "cargo")
    result = subprocess.run(
        [cargo, *command.split()], cwd=workspace, capture_output=True, text=True, check=True
    )
    return result.stdout.split()


def of_the_dashboard(stack):
    """(namespace, name, dimensions) of every metric."""
    (dashboard,) = stack.of_type("AWS::CloudWatch::Dashboard").values()
    for widget in json.loads(dashboard["DashboardBody"])["widgets"]:
        for namespace, name, *rest in widget["properties"]["metrics"]:
            dimensions = [part for part in rest if isinstance(part, str)]
            yield namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True))


def of_the_alarms(stack):
    for alarm in stack.of_type("AWS::CloudWatch::Alarm").values():
        several = alarm.get("Metrics", [])
        metrics = [one["MetricStat"]["Metric"] for one in several if "MetricStat" in one]
        for metric in metrics or [alarm]:
            dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
            yield metric["Namespace"], metric["MetricName"], dimensions


def test_the_dashboard_shows_every_metric_and_no_other(stack, emitted):
    shown = {name for space, name, _ in of_the_dashboard(stack(CACHE)) if space == NAMESPACE}
    assert shown == set(emitted)


def test_the_alarms_watch_what_there_is(stack, emitted):
    known = {NAMESPACE: set(emitted), **AWS}
    for namespace, name, _ in of_the_alarms(stack(CACHE)):
        assert name in known[namespace], name


def test_whatever_is_skipped_raises_an_alarm(stack):
    """Nothing tries it again: without an alarm nobody ever learns of it."""
    watched = {name for _, name, _ in of_the_alarms(stack(CACHE))}
    assert {"EventsSkipped", "MessagesUnparsable", "PayloadsUndecodable"} <= watched


@pytest.mark.parametrize("parameters", ALL.values(), ids=ALL)
def test_metrics_are_those_of_this_stack(stack, parameters):
    stack = stack(parameters)
    server = parameters.get("ExistingServerId", "<TransferServer.ServerId>")
    known = {NAMESPACE, *AWS}
    own = {
        "FunctionName": {"<GetUserConfigLambda>", "<FTPSessionTrackingLambda>"},
        "QueueName": {
            "<RetryQueue.QueueName>", "<SlowRetryQueue.QueueName>", "<DeadLetterQueue.QueueName>",
        },
        "CacheClusterId": {"<CacheCluster>"},
    }
    for namespace, name, dimensions in [*of_the_dashboard(stack), *of_the_alarms(stack)]:
        assert namespace in known
        if namespace == NAMESPACE:
            expected = {} if name in OF_NO_SERVER else {"ServerId": server}
            assert dimensions == expected, name
        else:
            assert name in AWS[namespace], name
            ((dimension, value),) = dimensions.items()
            assert value in {*own[dimension], "none"}, name
    assert all("none" not in d.values() for *_, d in of_the_alarms(stack))


def test_one_silent_hour_raises_no_alarm(stack):
    alarm = stack(CACHE).properties("LogSilentAlarm")
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (2, 6)


@pytest.mark.parametrize(
    ("name", "remedies"),
    [
        ("AddressMismatchesAlarm", ["ReservationClass"]),
        ("StartsWithoutReservationAlarm", ["LoginTimeSeconds", "KeyLoginTimeSeconds"]),
    ],
)
def test_an_alarm_about_starts_says_what_to_do_and_bears_a_few(stack, template, name, remedies):
    alarm = stack(CACHE).properties(name)
    assert (alarm["Statistic"], alarm["Period"], alarm["Threshold"]) == ("Sum", 21600, 3)
    for remedy in remedies:
        assert remedy in alarm["AlarmDescription"] and remedy in template["Parameters"]


def test_every_widget_has_its_place(stack):
    (dashboard,) = stack(NO_CACHE).of_type("AWS::CloudWatch::Dashboard").values()
    places = set()
    for widget in json.loads(dashboard["DashboardBody"])["widgets"]:
        x, y, width, height = (widget[key] for key in ("x", "y", "width", "height"))
        cells = {(x + dx, y + dy) for dx in range(width) for dy in range(height)}
        assert x + width <= 24 and not cells & places, widget["properties"]["title"]
        places |= cells


def test_the_pages_tell_of_every_alarm_and_of_no_other(template, operate):
    alarms = [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    start, *sections = re.split(r"^### ", (operate / "alarms.md").read_text(), flags=re.MULTILINE)
    assert sorted(section.split("\n")[0] for section in sections) == sorted(alarms)
    for section in sections:
        said = re.findall(r"^- \*\*(\w+):\*\* .", section, re.MULTILINE)
        assert said == ["Meaning", "Impact", "Look", "Do"], section
    for name in alarms:
        assert f"[{name}](#{name.lower()})" in start, name
    assert f"the dashboard, {len(alarms)} alarms" in (operate / "costs.md").read_text()


def test_the_page_of_the_logs_tells_of_every_metric(emitted, operate):
    page = (operate / "logs.md").read_text()
    for name in emitted:
        assert f"`{name}`" in page or name.startswith("Refused") and "`Refused…`" in page, name
