"""Thresholds keep their word on the messages they were measured on."""

import numpy as np

from nlu.calibration import calibrate, sharpened, temperature

LABELS = ["book_session", "book_session+work_coach", "emergency", "greet", "menu"]


def messages(count: int, seed: int = 3) -> tuple[np.ndarray, list[str]]:
    """Made-up probabilities: the true label mostly, not always, gets the highest score."""
    rng = np.random.default_rng(seed)
    right = rng.integers(0, len(LABELS), count)
    scores = rng.normal(size=(count, len(LABELS)))
    scores[np.arange(count), right] += 3
    shares = np.exp(scores)
    return shares / shares.sum(axis=1, keepdims=True), [LABELS[i] for i in right]


def test_sure_and_wrong_stays_below_what_was_asked() -> None:
    probabilities, right = messages(3_000)
    found = calibrate(probabilities, LABELS, right, 0.02)
    assert found.figures["sure_wrong"] <= 0.02
    assert found.figures["sure_share"] > 0.5
    assert 0 < found.thresholds.half_sure <= found.thresholds.sure < 1


def test_asking_for_less_error_gives_a_higher_threshold() -> None:
    probabilities, right = messages(3_000)
    strict, lax = (calibrate(probabilities, LABELS, right, s).thresholds.sure for s in (0.005, 0.05))
    assert strict > lax


def test_too_certain_probabilities_are_tempered_back() -> None:
    probabilities, right = messages(3_000)
    columns = np.array([LABELS.index(r) for r in right])
    honest = temperature(probabilities, columns)
    too_certain = sharpened(probabilities, 0.4)
    assert abs(temperature(too_certain, columns) * 0.4 - honest) < 0.05


def test_sharpening_keeps_the_order_and_the_sum() -> None:
    probabilities, _ = messages(50)
    sharper = sharpened(probabilities, 0.5)
    assert (sharper.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert np.allclose(sharper.sum(axis=1), 1)


def test_false_alarms_stay_below_what_is_allowed() -> None:
    probabilities, right = messages(20_000)
    limits = calibrate(probabilities, LABELS, right, 0.02).thresholds
    settled = sharpened(probabilities, calibrate(probabilities, LABELS, right, 0.02).temperature)
    alarm = settled[[r != "emergency" for r in right], LABELS.index("emergency")]
    assert limits.maybe_emergency < limits.emergency
    assert (alarm >= limits.emergency).mean() <= 0.006
    assert (alarm >= limits.maybe_emergency).mean() <= 0.05
