"""The page of the settings says of each parameter what the template says."""

import re

import pytest

# The template makes the first of several parameters, and leaves the second as it is.
WITHOUT_PARAMETER = {"SESSION_STORE", "SECRET_NAME_PATTERN"}


@pytest.fixture(scope="module")
def rows(operate):
    """The cells after the first, by what the first or second cell names."""
    page = (operate / "settings.md").read_text()
    table = page.split("\n## ")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in cells]
    assert all(len(row) == 5 for row in cells)
    return {name(row[0]) or name(row[1]): row[1:] for row in cells if name(row[0]) or name(row[1])}


def name(cell):
    found = re.fullmatch(r"`(\w+)`", cell)
    return found and found[1]


def test_every_parameter_has_a_row_and_no_other(template, rows):
    assert rows.keys() == template["Parameters"].keys() | WITHOUT_PARAMETER


def test_defaults_and_ranges_are_those_of_the_template(template, rows):
    for parameter, properties in template["Parameters"].items():
        _, default, accepted, _ = rows[parameter]
        expected = properties["Default"]
        assert default == ("none" if expected == "" else f"`{expected}`"), parameter
        if "MinValue" in properties:
            assert accepted == f"{properties['MinValue']} to {properties['MaxValue']}", parameter
        elif "AllowedValues" in properties:
            values = [str(value) for value in properties["AllowedValues"]]
            assert re.findall(r"`([^`]+)`", accepted) == values, parameter
        else:
            assert accepted, parameter


def test_every_setting_stands_beside_its_parameter(template, rows):
    functions = [template["Globals"]["Function"]]
    functions.append(template["Resources"]["GetUserConfigLambda"]["Properties"])
    given = {setting: setting for setting in WITHOUT_PARAMETER}
    for function in functions:
        for setting, value in function["Environment"]["Variables"].items():
            if "Ref" in value:
                given[setting] = value["Ref"]
    assert {name(row[0]): parameter for parameter, row in rows.items() if name(row[0])} == given
