"""Servers that the functions need, on free ports of loopback."""

import json
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

# Seconds, long enough for anything that happens at all.
PATIENCE = 60


@contextmanager
def secrets_manager(secrets):
    """The API of Secrets Manager, with these secrets, by their names."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("secretsmanager", endpoint_url=endpoint)
    try:
        for name, secret in secrets.items():
            client.create_secret(Name=name, SecretString=json.dumps(secret))
        yield endpoint
    finally:
        # All servers of a process share what they keep.
        for name in secrets:
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        server.stop()


@contextmanager
def memcached():
    """A memcached, which chooses its port and says it in a file."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "port"
        user = ["-u", "root"] if os.geteuid() == 0 else []
        process = subprocess.Popen(
            ["memcached", "-l", "127.0.0.1", "-p", "-1", *user],
            env={**os.environ, "MEMCACHED_PORT_FILENAME": str(said)},
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while not (lines := said.read_text().splitlines() if said.exists() else []):
                assert process.poll() is None, "memcached ended at its start"
                assert time.monotonic() < deadline, "memcached does not listen"
                time.sleep(0.01)
            (port,) = [line.removeprefix("TCP INET: ") for line in lines if "TCP" in line]
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()
