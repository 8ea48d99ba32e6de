"""An identity provider of ten lines."""

USERS = {"ada": "MARKER-engine"}
ROLE = "arn:aws:iam::000000000000:role/transfer-local"


def handler(event, context):
    if event.get("password") and event["password"] == USERS.get(event["username"]):
        return {"Role": ROLE, "HomeDirectory": f"/bucket/home/{event['username']}"}
    return {}
