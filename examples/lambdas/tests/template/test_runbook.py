"""The commands of the page about users that create them, with a shell; and each user logs in."""

import base64
import hashlib
import json
import re
import subprocess

import pytest

from parameter_sets import EXISTING_SERVER, NO_CACHE
from services import secrets_manager

SERVER = EXISTING_SERVER["ExistingServerId"]
PASSWORD, RIGHT_PLACE, WRONG_PLACE = "wonderland", "203.0.113.9", "192.0.2.1"

# What the commands call, and what they have been given before.
STAGE = r"""
aws() { printf '%s\n' "$4" "$6" | base64 -w 0; echo; }
session-limit() { echo "$HASH"; }
"""

LOGINS = [
    ("alice", "SFTP", PASSWORD, RIGHT_PLACE, "admitted"),
    ("alice", "SFTP", "wrong", RIGHT_PLACE, "refused"),
    ("bella", "SFTP", PASSWORD, RIGHT_PLACE, "admitted"),
    ("bella", "SFTP", "wrong", RIGHT_PLACE, "refused"),
    ("kay", "SFTP", "", RIGHT_PLACE, "keys"),
    ("kay", "SFTP", PASSWORD, RIGHT_PLACE, "refused"),
    ("lola", "SFTP", "", RIGHT_PLACE, "keys"),
    ("lola", "SFTP", PASSWORD, RIGHT_PLACE, "admitted"),
    ("fred", "FTPS", "over TLS", RIGHT_PLACE, "admitted"),
    ("fred", "FTP", "in the clear", RIGHT_PLACE, "admitted"),
    ("fred", "FTP", "over TLS", RIGHT_PLACE, "refused"),
    ("fred", "SFTP", "", RIGHT_PLACE, "keys"),
    ("nora", "SFTP", PASSWORD, RIGHT_PLACE, "admitted"),
    ("nora", "SFTP", PASSWORD, "2001:db8::1", "admitted"),
    ("nora", "SFTP", PASSWORD, WRONG_PLACE, "refused"),
    ("max", "SFTP", PASSWORD, RIGHT_PLACE, "admitted"),
]


@pytest.fixture(scope="module")
def users(operate, tmp_path_factory):
    """The secrets, by their names, that the commands of the page store."""
    page = (operate / "users.md").read_text()
    (commands,) = re.findall(r"```sh\n(# by password\n.*?)```", page, re.DOTALL)
    (home,) = re.findall(r"^HOME_OF\(\).*$", page, re.MULTILINE)
    folder = tmp_path_factory.mktemp("keys")
    for user in ("kay", "lola", "fred"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / user], check=True
        )
    variables = {
        "SERVER": SERVER,
        "ROLE": "arn:aws:iam::123456789012:role/session-limit-user",
        "BUCKET": "bucket",
        "HASH": phc(PASSWORD),
    }
    result = subprocess.run(
        ["bash", "-euc", STAGE + home + "\n" + commands],
        cwd=folder, env={"PATH": "/usr/bin:/bin", **variables}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    stored = (base64.b64decode(line).decode() for line in result.stdout.split())
    return {name: json.loads(secret) for name, secret in (one.split("\n", 1) for one in stored)}


def test_every_user_of_the_page_gets_in_and_nobody_else(users, stack, invoke):
    assert {f"{SERVER}/{user}" for user, *_ in LOGINS} == set(users)
    with secrets_manager(users) as secrets:
        function = stack(EXISTING_SERVER, NO_CACHE).properties("GetUserConfigLambda")
        variables = {
            **function["Environment"]["Variables"],
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets,
            "REFUSAL_FLOOR_MS": "0",
        }
        answers = invoke("GetUserConfigLambda", variables, *map(event, LOGINS))
    assert [outcome(answer) for answer in answers] == [expected for *_, expected in LOGINS]


def event(login):
    user, protocol, password, source, _ = login
    return {"username": user, "password": password, "protocol": protocol, "serverId": SERVER,
            "sourceIp": source}  # fmt: skip


def outcome(answer):
    if not answer:
        return "refused"
    assert answer["HomeDirectory"].startswith("/bucket/")
    return "keys" if answer.get("PublicKeys") else "admitted"


def phc(password):
    """A hash as `session-limit hash-password` prints one, of a cost that does not matter here."""
    salt = b"a salt of 16 byt"
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1000)
    salt, digest = (base64.b64encode(part).decode().rstrip("=") for part in (salt, digest))
    return f"$pbkdf2-sha256$i=1000,l=32${salt}${digest}"
