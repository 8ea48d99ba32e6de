"""Every `aws …` of the pages for operators is a command that the AWS CLI takes.

The commands run in a shell, in the order of the pages, with a stand-in for `aws` that notes what it is
called with. The real one then gets each of them, with an endpoint of the test's own: what it does not
know, it refuses before it calls that.
"""

import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from awscli.clidriver import create_clidriver

from parameter_sets import CACHE, EXISTING_SERVER

SERVER = EXISTING_SERVER["ExistingServerId"]
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/transfer/x:*"
# What the pages leave open, by what stands before it.
OPEN = {
    "BUCKET=": "bucket",
    "--topic-arn ": ARN,
    "--server-id ": SERVER,
    "Function=": ARN,
    "SftpAuthenticationMethods=": "PASSWORD",
    "--structured-log-destinations ": f"'{ARN}'",
}
# The stand-in, everything else that the commands call, and what the pages have been told before.
STAGE = """
NOTE='import json, sys; print(json.dumps(sys.argv[1:]))'
aws() { "$PYTHON" -c "$NOTE" "$@" >> "$CALLS"; echo "$SERVER"; }
sam() { :; }
session-limit() { echo hash; }
cat() { echo key; }
STACK=sessions CACHE=cache.example
"""


@pytest.fixture(scope="module")
def text(operate, example):
    """All pages of the folder. The first sets the variables that the commands of the others use."""
    first = operate / "deploy.md"
    others = sorted(page for page in operate.glob("*.md") if page != first)
    assert len(others) > 9
    return "\n".join(page.read_text() for page in [first, *others, example / "README.md"])


@pytest.fixture(scope="module")
def calls(text, stack, tmp_path_factory):
    """The arguments of every call."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    inline = re.findall(r"`(aws [^`]* --[^`]+)`", prose)
    point_here = stack(CACHE, EXISTING_SERVER).outputs["PointServerHere"]
    script = "\n".join([*(block for block in blocks if "aws " in block), *inline])
    for before, value in OPEN.items():
        assert before + "…" in script
        script = script.replace(before + "…", before + value)
    assert "…" not in script
    script += "\n" + re.sub(r"[<>]", "", point_here)
    noted = tmp_path_factory.mktemp("calls") / "calls"
    result = subprocess.run(
        ["bash", "-euc", STAGE + script], cwd=noted.parent, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "CALLS": noted, "SERVER": SERVER},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in noted.read_text().splitlines()]


@pytest.fixture
def refused(capsys, monkeypatch):
    """Why the AWS CLI does not call anybody; nothing if it does."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    calls = []

    class Service(BaseHTTPRequestHandler):
        def called(self):
            calls.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_error(400)

        do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = called

        def log_message(self, *_):
            """Says nothing: what the CLI says is looked at."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as service:
        Thread(target=service.serve_forever).start()
        endpoint = "http://127.0.0.1:%d" % service.server_port

        def refused(arguments):
            calls.clear()
            try:
                create_clidriver().main([*arguments, "--endpoint-url", endpoint])
            except SystemExit:
                pass
            said = capsys.readouterr().err
            return "" if calls else said or "nobody is called, and nothing is said"

        yield refused
        service.shutdown()


def test_the_aws_cli_takes_every_command_of_the_pages(calls, refused):
    assert ["transfer", "update-server"] in [call[:2] for call in calls]
    for call in calls:
        assert not refused(call), call


@pytest.mark.parametrize(
    "wrong", [["--identity-provider-kind", "AWS_LAMBDA"], ["--identity-provider-details", "Func=x"]]
)
def test_a_slip_is_refused(refused, wrong):
    assert refused(["transfer", "update-server", "--server-id", SERVER, *wrong])


def test_a_server_without_a_structured_log_is_given_none_again(refused):
    """The empty list is the way to take a destination away, by the documentation of the call."""
    update = ["transfer", "update-server", "--server-id", SERVER]
    assert not refused([*update, "--structured-log-destinations", "[]"])
