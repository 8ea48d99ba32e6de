"""What the tools of AWS say of the template."""

import subprocess
import sys
from pathlib import Path

TOOLS = Path(sys.executable).parent


def test_cfn_lint_has_nothing_to_say(example):
    check(TOOLS / "cfn-lint", "--", example / "template.yaml")


def test_sam_validate_has_nothing_to_say(example):
    check(TOOLS / "sam", "validate", "--lint", "--template", example / "template.yaml")


def check(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
