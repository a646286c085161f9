"""Speaks as nlu/argos.py does, and misbehaves when a text asks for it. Its argument: a file that counts its starts."""

import json
import sys
import time
from pathlib import Path

with Path(sys.argv[1]).open("a", encoding="utf-8") as starts:
    starts.write("started\n")
for line in sys.stdin:
    asked = json.loads(line)
    text = asked.get("text", "")
    answer: dict[str, object] = {"text": f"{text} in English"}
    if "hangs" in text:
        time.sleep(60)
    elif "dies" in text:
        sys.exit(1)
    elif "babbles" in text:
        sys.stdout.write("Loading model ...\n")
    elif "fails" in text:
        answer = {"failed": "RuntimeError"}
    elif "slow" in text:
        time.sleep(0.3)
    elif "broken" in text:
        answer = {"fault": "model/model.bin was changed"}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
