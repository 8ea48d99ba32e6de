"""An identity provider as it is usually published: a user's secret in Secrets Manager, and one number
per user in memcached, which a login reads, compares and increments, and `tracker` decrements. In two
variants, from the quickest on."""

import hmac
import json
import os
import time

import boto3
from pymemcache.client.base import Client

# As long as ours is told to, where the two are compared.
CACHED_FOR = 60 * 60
LIVES_FOR = 24 * 60 * 60
DEFAULT_LIMIT = 100

host, port = os.environ["STORE"].split(":")
store = Client((host, int(port)), connect_timeout=1, timeout=1, no_delay=True)
secrets_manager = boto3.client("secretsmanager")
cache = {}


def fetch(client, name):
    return json.loads(client.get_secret_value(SecretId=name)["SecretString"])


def fetch_cached(name):
    fetched, secret = cache.get(name, (None, None))
    if fetched is None or time.monotonic() - fetched > CACHED_FOR:
        secret = fetch(secrets_manager, name)
        cache[name] = (time.monotonic(), secret)
    return secret


def answer(event, secret):
    if not hmac.compare_digest(event["password"].encode(), secret["Password"].encode()):
        return {}
    key = f"sessions-{event['username']}"
    held = int(store.get(key, default=0))
    if held >= int(secret.get("MaxSessionLimit", DEFAULT_LIMIT)):
        return {}
    if store.incr(key, 1) is None:
        store.add(key, 1, expire=LIVES_FOR)
    return {"Role": secret["Role"], "HomeDirectory": secret["HomeDirectory"]}


def name_of(event):
    return f"{event['serverId']}/{event['username']}"


def cached(event, context):
    """One client for all invocations, and a cache of secrets, as ours has it."""
    return answer(event, fetch_cached(name_of(event)))


def reused(event, context):
    """One client for all invocations."""
    return answer(event, fetch(secrets_manager, name_of(event)))
