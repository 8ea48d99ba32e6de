"""What CloudFormation makes of a template: which rules refuse its parameters, which conditions
hold, which resources there are, and with which properties.

Every reference is resolved. One to a resource becomes `<Name>` or `<Name.Attribute>`; one to a
resource that is not there is an error.
"""

import copy
import re

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "sessions",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


class Dangling(Exception):
    """A reference to what is not there."""


def load(path):
    """The template, with code that is already in S3, where `sam deploy` puts it."""
    template = yaml_parse(path.read_text())
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code.zip"
    return template


class Stack:
    """A template that is given parameters."""

    def __init__(self, template, parameters):
        self._parameters = _values(template["Parameters"], parameters)
        self._template = translated(template, self._parameters)
        self._conditions = self._template["Conditions"]
        self.refusals = [
            assertion["AssertDescription"]
            for rule in self._template["Rules"].values()
            if self._holds(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self._holds(assertion["Assert"])
        ]
        self._present = {
            name: resource
            for name, resource in self._template["Resources"].items()
            if self._is_there(resource)
        }
        self.references = {}
        self.resources = {}
        for name, resource in self._present.items():
            self._used = set(_list(resource.get("DependsOn", [])))
            self._check(*self._used)
            properties = self._resolved(resource.get("Properties", {}))
            self.resources[name] = {"Type": resource["Type"], "Properties": properties}
            self.references[name] = self._used
        self._used = set()
        self.outputs = {
            name: self._resolved(output["Value"])
            for name, output in self._template["Outputs"].items()
            if self._is_there(output)
        }

    def properties(self, name):
        return self.resources[name]["Properties"]

    def of_type(self, kind):
        return {n: r["Properties"] for n, r in self.resources.items() if r["Type"] == kind}

    def _is_there(self, item):
        return "Condition" not in item or self._condition(item["Condition"])

    def _condition(self, name):
        return self._holds(self._conditions[name])

    def _holds(self, expression):
        ((function, argument),) = expression.items()
        match function:
            case "Condition":
                return self._condition(argument)
            case "Fn::Equals":
                left, right = map(self._resolved, argument)
                return str(left) == str(right)
            case "Fn::Contains":
                values, value = map(self._resolved, argument)
                return value in values
            case "Fn::Not":
                return not self._holds(*argument)
            case "Fn::And":
                return all(map(self._holds, argument))
            case "Fn::Or":
                return any(map(self._holds, argument))
        raise NotImplementedError(function)

    def _resolved(self, value):
        if isinstance(value, list):
            items = [self._resolved(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._called(function, argument)
        items = {key: self._resolved(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not NO_VALUE}

    def _called(self, function, argument):
        match function:
            case "Ref":
                return self._reference(argument)
            case "Fn::GetAtt":
                name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                self._check(name)
                return f"<{name}.{attribute}>"
            case "Fn::If":
                condition, then, otherwise = argument
                return self._resolved(then if self._condition(condition) else otherwise)
            case "Fn::Select":
                index, values = argument
                return self._resolved(values)[int(index)]
            case "Fn::Split":
                separator, text = argument
                return self._resolved(text).split(separator)
            case "Fn::Sub":
                text, variables = argument if isinstance(argument, list) else (argument, {})
                return self._substituted(text, self._resolved(variables))
        raise NotImplementedError(function)

    def _substituted(self, text, variables):
        def value(match):
            name = match[1]
            if name in variables:
                return str(variables[name])
            return str(self._called("Fn::GetAtt", name) if "." in name else self._reference(name))

        return re.sub(r"\$\{([^!}]+)\}", value, text)

    def _reference(self, name):
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self._parameters:
            return self._parameters[name]
        self._check(name)
        return f"<{name}>"

    def _check(self, *names):
        for name in names:
            if name not in self._present:
                raise Dangling(name)
            self._used.add(name)


def translated(template, parameters):
    """The template without what only SAM knows."""

    class NoManagedPolicies:
        def load(self):
            return {}

    return transform(copy.deepcopy(template), dict(parameters), NoManagedPolicies())


def _values(declared, given):
    """The parameters, each given one checked as CloudFormation checks it."""
    unknown = given.keys() - declared.keys()
    assert not unknown, f"no such parameters: {unknown}"
    values = {name: given.get(name, parameter["Default"]) for name, parameter in declared.items()}
    for name, parameter in declared.items():
        value = values[name]
        allowed = [str(one) for one in parameter.get("AllowedValues", [value])]
        assert str(value) in allowed, f"{name}={value}"
        pattern = parameter.get("AllowedPattern", ".*")
        assert re.fullmatch(pattern, str(value)), f"{name}={value}: {pattern}"
        if parameter["Type"] == "Number":
            assert parameter.get("MinValue", 0) <= int(value) <= parameter.get("MaxValue", 2**32)
    return values


def _list(value):
    return value if isinstance(value, list) else [value]
