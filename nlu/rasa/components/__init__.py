"""The parts of the pipeline that Rasa doesn't bring.

They count letters with the same code as the running desk (`nlu.normal`, `nlu.encoder`), which lies
two folders up; its folder is appended to the path, so that it hides nothing.
"""

import sys
from pathlib import Path

_HOUSE = str(Path(__file__).resolve().parents[3])
if _HOUSE not in sys.path:
    sys.path.append(_HOUSE)
