"""The tracker that goes with `baseline`: a DISCONNECTED in the log decrements the number of its user.
It is a module of its own, since it needs nothing of AWS and should not pay for it."""

import base64
import gzip
import json
import os

from pymemcache.client.base import Client

host, port = os.environ["STORE"].split(":")
store = Client((host, int(port)), connect_timeout=1, timeout=1, no_delay=True)


def tracker(event, context):
    batch = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    for log_event in batch["logEvents"]:
        message = json.loads(log_event["message"])
        # Who has disconnected, structured logs do not say; the name of the stream does, sometimes.
        if message.get("activity-type") == "DISCONNECTED":
            user = batch["logStream"].split(".")[0]
            # It waits for the answer: what was not done has to fail, so that it is delivered again.
            store.decr(f"sessions-{user}", 1)
