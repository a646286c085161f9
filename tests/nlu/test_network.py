"""The network that names intents: the same numbers for Rasa and for the desk, in 8 bits."""

import numpy as np
import pytest

from nlu.network import Network

GRAMS, MEANING, HIDDEN, LABELS = 50, 8, 16, 5


def trained(seed: int = 1, temperature: float = 1.0) -> tuple[Network, list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(GRAMS + MEANING, HIDDEN)), rng.normal(size=(HIDDEN, LABELS))]
    biases = [rng.normal(size=HIDDEN), rng.normal(size=LABELS)]
    return Network.of(weights, biases, temperature), weights, biases


def exactly(weights: list[np.ndarray], biases: list[np.ndarray], features: np.ndarray) -> np.ndarray:
    scores = np.maximum(features @ weights[0] + biases[0], 0) @ weights[1] + biases[1]
    shares: np.ndarray = np.exp(scores) / np.exp(scores).sum()
    return shares


def message(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which n-grams, how much of each, the meaning; and all of it as one long row."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.choice(GRAMS, 6, replace=False))
    values, meaning = rng.random(6), rng.random(MEANING).astype(np.float32)
    row = np.zeros(GRAMS + MEANING)
    row[at], row[GRAMS:] = values, meaning
    return at, values, meaning, row


@pytest.mark.parametrize("seed", range(5))
def test_eight_bits_say_nearly_what_was_trained(seed: int) -> None:
    network, weights, biases = trained()
    at, values, meaning, row = message(seed)
    found = network.probabilities(at, values, meaning)
    assert found.sum() == pytest.approx(1)
    assert np.abs(found - exactly(weights, biases, row)).max() < 0.05


def test_a_message_of_unknown_letters_is_read_by_its_meaning() -> None:
    network, weights, biases = trained()
    _, _, meaning, row = message(3)
    row[:GRAMS] = 0
    found = network.probabilities(np.zeros(0, int), np.zeros(0), meaning)
    assert np.abs(found - exactly(weights, biases, row)).max() < 0.05


def test_a_temperature_above_one_makes_it_less_certain_and_changes_no_answer() -> None:
    at, values, meaning, _ = message(4)
    plain = trained()[0].probabilities(at, values, meaning)
    careful = trained(temperature=2)[0].probabilities(at, values, meaning)
    assert careful.max() < plain.max()
    assert careful.argmax() == plain.argmax()


def test_what_was_written_down_is_the_network_again() -> None:
    network = trained()[0]
    again = Network.from_arrays(dict(vars(network)))
    at, values, meaning, _ = message(5)
    assert (again.probabilities(at, values, meaning) == network.probabilities(at, values, meaning)).all()
    with pytest.raises(KeyError):
        Network.from_arrays({"first": network.first})
