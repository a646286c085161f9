"""Names the intent: a small neural network (nlu/network.py), trained with scikit-learn."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Sequence, Text

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.neural_network import MLPClassifier

from nlu.encoder import DIMENSIONS
from nlu.network import Network

BATCH = 200  # messages a step, as many as scikit-learn takes at once by itself
UNSETTLED = 0.4  # of the steps: their weights are not in the mean
EVERY = 5  # steps: as good as taking each


class RunningMean:
    """The mean of lists of arrays, without keeping them."""

    def __init__(self) -> None:
        self.mean: List[np.ndarray] = []
        self._count = 0

    def add(self, arrays: Sequence[np.ndarray]) -> None:
        """Take one more list of arrays, shaped like the first."""
        self._count += 1
        if not self.mean:
            self.mean = [array.astype(np.float64) for array in arrays]
        for mean, array in zip(self.mean, arrays, strict=True):
            mean += (array - mean) / self._count


def shuffled(count: int, epochs: int, order: np.random.RandomState) -> List[np.ndarray]:
    """The numbers 0 to `count` - 1, `epochs` times, each time in another order, in batches."""
    each = -(-count // BATCH)
    return [rows for _ in range(epochs) for rows in np.array_split(order.permutation(count), each)]


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class SmallNetwork(LogisticRegressionClassifier):
    """One hidden layer of `hidden` units; `epochs` times through the messages, `alpha` keeps the weights small.

    `temperature` divides the scores (below 1 = more certain); `make train` measures it on messages left out of
    training. The weights are rounded to 8 bits at once, so that what Rasa serves and what the desk reads are
    the same numbers, and the archive is small enough to commit. Rasa's own classifier lends how features
    are put together.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "hidden": 256,
            "epochs": 5,
            "alpha": 1e-4,
            "temperature": 1.0,
        }

    def __init__(
        self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(config, name, model_storage, resource)
        self.labels: List[Text] = []
        self.network: Network | None = None

    def train(self, training_data: TrainingData) -> Resource:
        self.learn(*self._create_training_matrix(training_data))
        self.persist()
        return self._resource

    def learn(self, matrix: scipy.sparse.csr_matrix, labels: Sequence[Text]) -> None:
        """One row of `matrix` a message. The same messages give the same network.

        Each step pulls the weights towards the few messages it saw last. So what is kept is their mean over the later
        steps, which misses fewer emergencies than the weights of the last step (README.md).
        """
        matrix, labels = scipy.sparse.csr_matrix(matrix, dtype=np.float32), np.asarray(labels)
        seed, names = self.config["random_state"], np.unique(labels)
        trained = MLPClassifier((self.config["hidden"],), alpha=self.config["alpha"], random_state=seed)
        batches = shuffled(len(labels), self.config["epochs"], np.random.RandomState(seed))
        settled = RunningMean()
        last = len(batches) - 1
        for step, rows in enumerate(batches):
            trained.partial_fit(matrix[rows], labels[rows], classes=names)
            if step >= UNSETTLED * last and (last - step) % EVERY == 0:
                settled.add([*trained.coefs_, *trained.intercepts_])
        self.labels = [str(label) for label in names]
        self.network = Network.of(settled.mean[:2], settled.mean[2:], self.config["temperature"])

    def probabilities(self, matrix: scipy.sparse.csr_matrix) -> np.ndarray:
        """One row a message, one column a label, in the order of `labels`. The last columns are the encoder's."""
        letters = matrix.shape[1] - DIMENSIONS
        sparse, dense = matrix[:, :letters].tocsr(), matrix[:, letters:].toarray().astype(np.float32)
        rows = (
            self.network.probabilities(sparse[i].indices, sparse[i].data, dense[i])
            for i in range(matrix.shape[0])
        )
        return np.vstack(list(rows))

    def process(self, messages: List[Message]) -> List[Message]:
        if not messages or self.network is None:
            return messages
        found = self.probabilities(self._create_X(messages).tocsr())
        for message, shares in zip(messages, found, strict=True):
            ranked = sorted(zip(self.labels, shares, strict=True), key=lambda pair: -pair[1])
            ranking = [{"name": label, "confidence": float(share)} for label, share in ranked]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "labels.json").write_text(json.dumps(self.labels), "utf-8")
            np.savez_compressed(folder / "network.npz", **vars(self.network))

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SmallNetwork:
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.labels = json.loads((folder / "labels.json").read_text("utf-8"))
            with np.load(folder / "network.npz") as file:
                component.network = Network.from_arrays(dict(file))
        return component
