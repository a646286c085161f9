"""Before something that many people would feel: what it does is said first, and the button is pressed again."""

from collections.abc import Mapping

FIELD = "sure"


class NotSure(Exception):
    """Nothing was changed. `sentence`: what would happen."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def make_sure(sent: Mapping[str, str], sentence: str) -> None:
    """Raises NotSure unless the form says yes to this very sentence; another figure is asked about anew.

    Nothing to say ("") needs no yes.
    """
    if sentence and sent.get(FIELD) != sentence:
        raise NotSure(sentence)
