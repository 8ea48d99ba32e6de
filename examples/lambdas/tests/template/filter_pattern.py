"""Filter patterns of CloudWatch Logs for messages in JSON, as far as the template needs them:
comparisons of a property with a text, `||`, `&&` and brackets. In a text `*` stands for anything.
"""

import json
import re
from fnmatch import fnmatchcase

TOKEN = re.compile(r'\s*(?:(\|\||&&|!=|=|[(){}])|"([^"]*)"|(\$(?:\.[\w-]+)+))')


def matches(pattern, message):
    """Whether a subscription with this pattern delivers this message."""
    try:
        document = json.loads(message)
    except ValueError:
        return False
    return isinstance(document, dict) and _parsed(pattern)(document)


def _parsed(pattern):
    tokens = list(_tokens(pattern))
    expect(tokens, "{")
    whole = _either(tokens)
    expect(tokens, "}")
    assert not tokens, f"more after the end: {tokens}"
    return whole


def _tokens(pattern):
    at, pattern = 0, pattern.strip()
    while at < len(pattern):
        token = TOKEN.match(pattern, at)
        assert token, f"not a filter pattern from here: {pattern[at:]}"
        at = token.end()
        symbol, text, selector = token.groups()
        yield symbol or ("text", text) if selector is None else ("selector", selector)


def _either(tokens):
    parts = [_both(tokens)]
    while tokens[0] == "||":
        tokens.pop(0)
        parts.append(_both(tokens))
    return lambda document: any(part(document) for part in parts)


def _both(tokens):
    parts = [_one(tokens)]
    while tokens[0] == "&&":
        tokens.pop(0)
        parts.append(_one(tokens))
    return lambda document: all(part(document) for part in parts)


def _one(tokens):
    if tokens[0] == "(":
        tokens.pop(0)
        inner = _either(tokens)
        expect(tokens, ")")
        return inner
    (_, selector), operator, (_, text) = (tokens.pop(0) for _ in range(3))
    assert operator in ("=", "!="), operator

    def compare(document):
        value = document
        for name in selector.split(".")[1:]:
            value = value.get(name) if isinstance(value, dict) else None
        equal = isinstance(value, str) and fnmatchcase(value, text.replace("[", "[[]"))
        return equal == (operator == "=")

    return compare


def expect(tokens, token):
    found = tokens.pop(0)
    assert found == token, f"{token} expected, {found} found"
