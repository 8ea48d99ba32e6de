"""`sam build` makes both functions, and what it has made works with the settings of the template.

Built for the processor of this machine, offline and without optimisation: what is shown is that the
template names what there is to build, and that it starts.
"""

import base64
import gzip
import json
import os
import time
import tomllib

from conftest import ARCHITECTURE
from parameter_sets import EXISTING_CACHE, EXISTING_SERVER, NO_CACHE
from services import memcached, secrets_manager

SERVER = EXISTING_SERVER["ExistingServerId"]
USER, PASSWORD = "alice", "wonderland"


def secret(limit):
    return {
        "Password": PASSWORD,
        "Role": "arn:aws:iam::123456789012:role/alice",
        "HomeDirectory": "/bucket/alice",
        "MaxSessionLimit": str(limit),
    }


def test_both_functions_are_built_for_the_processor_of_the_template(built):
    for function in ("GetUserConfigLambda", "FTPSessionTrackingLambda"):
        program = built / function / "bootstrap"
        assert os.access(program, os.X_OK)
        head = program.read_bytes()[:20]
        processor = {"x86_64": 62, "arm64": 183}[ARCHITECTURE]
        assert head[:4] == b"\x7fELF" and int.from_bytes(head[18:20], "little") == processor


def test_the_functions_admit_up_to_the_limit_and_again_after_an_end(stack, invoke):
    users = {f"{SERVER}/{USER}": secret(limit=1)}
    with memcached() as cache, secrets_manager(users) as secrets:
        store = f"memcached://{cache}"
        here = {"AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets, "SESSION_STORE": store}
        stack = stack(EXISTING_SERVER, EXISTING_CACHE)
        provider, tracker = (
            {**stack.properties(name)["Environment"]["Variables"], **here}
            for name in ("GetUserConfigLambda", "FTPSessionTrackingLambda")
        )
        first, second = invoke("GetUserConfigLambda", provider, login(), login())
        assert first["Role"].endswith("role/alice") and second == {}
        invoke("FTPSessionTrackingLambda", tracker, log("CONNECTED"), log("DISCONNECTED"))
        (third,) = invoke("GetUserConfigLambda", provider, login())
        assert third["Role"].endswith("role/alice")


def test_without_a_cache_users_are_authenticated_only(stack, invoke):
    with secrets_manager({f"{SERVER}/{USER}": secret(limit=0)}) as secrets:
        variables = stack(EXISTING_SERVER, NO_CACHE).properties("GetUserConfigLambda")
        variables = variables["Environment"]["Variables"]
        here = {**variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets}
        right, wrong = invoke("GetUserConfigLambda", here, login(), login("wrong"))
        assert right["Role"].endswith("role/alice") and wrong == {}


def test_the_address_of_the_cache_is_understood(stack, invoke):
    nobody_there = {"ExistingCacheEndpoint": "127.0.0.1:1", "OnStoreFailure": "admit"}
    function = stack(EXISTING_SERVER, EXISTING_CACHE, nobody_there).properties("GetUserConfigLambda")
    variables = function["Environment"]["Variables"]
    with secrets_manager({f"{SERVER}/{USER}": secret(limit=1)}) as secrets:
        here = {**variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets}
        (admitted,) = invoke("GetUserConfigLambda", here, login())
        assert admitted["Role"].endswith("role/alice")


def test_sam_builds_what_is_measured(workspace, example):
    """`sam build` can ask for the profile `release` only, which is made the profile `lambda`."""
    profiles = tomllib.loads((workspace / "Cargo.toml").read_text())["profile"]
    build = tomllib.loads((example / "CargoLambda.toml").read_text())["build"]
    settings = tomllib.loads("\n".join(build["config"]))["profile"]["release"]
    assert {"inherits": "release", **settings} == profiles["lambda"]
    assert build["disable_optimizations"] is True
    # Or else `cargo lambda build` in another folder makes a panic end the process.
    assert profiles["release"]["panic"] == "unwind"


def login(password=PASSWORD):
    return {"username": USER, "password": password, "protocol": "SFTP", "serverId": SERVER,
            "sourceIp": "192.0.2.1"}  # fmt: skip


def log(activity):
    """The event by which CloudWatch Logs delivers one message."""
    arn = f"arn:aws:transfer:us-east-1:123456789012:server/{SERVER}"
    user = {"user": USER, "source-ip": "192.0.2.1"} if activity == "CONNECTED" else {}
    message = {"activity-type": activity, "session-id": "f00d", "resource-arn": arn, **user}
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/transfer/sessions",
        "logStream": "x",
        "subscriptionFilters": ["x"],
        "logEvents": [
            {"id": "1", "timestamp": int(time.time() * 1000), "message": json.dumps(message)}
        ],
    }
    data = base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()
    return {"awslogs": {"data": data}}
