"""An identity provider that fails, and tells a secret as it does."""


def handler(event, context):
    raise RuntimeError(f"the password was {event['password']}")
