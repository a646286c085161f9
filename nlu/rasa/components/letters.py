"""Sparse features: which runs of letters a message holds, whatever its alphabet or its mistakes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Dict, List, Text

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.normal import fold, for_model, ngrams


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=True)
class LetterNgrams(SparseFeaturizer, GraphComponent):
    """Character n-grams of the folded text, tf-idf weighted, of length `scale` whatever the text's length.

    Rasa's CountVectorsFeaturizer counts without a limit, so that 5,000 characters of anything are
    certain to mean something (findings: confidence 1.0). Here a long text weighs no more than a short one.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            **SparseFeaturizer.get_default_config(),
            "min_ngram": 2,
            "max_ngram": 4,
            "min_df": 2,
            "max_features": 8000,
            "scale": 3.0,
        }

    def __init__(
        self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(name, config)
        self._storage = model_storage
        self._resource = resource
        self.columns: Dict[Text, int] = {}
        self.rarity = np.zeros(0)

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LetterNgrams:
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        pass

    def train(self, training_data: TrainingData) -> Resource:
        self.learn([m.get(TEXT) or "" for m in training_data.training_examples])
        with self._storage.write_to(self._resource) as folder:
            content = {"ngrams": list(self.columns), "rarity": self.rarity.tolist()}
            (folder / "letters.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return self._resource

    def learn(self, texts: List[Text]) -> None:
        """Choose the `max_features` n-grams that most texts hold, at least `min_df` of them."""
        held: Counter[Text] = Counter()
        for text in texts:
            held.update(set(self._ngrams(text)))
        often = [(n, g) for g, n in held.items() if n >= self._config["min_df"]]
        often.sort(key=lambda pair: (-pair[0], pair[1]))
        chosen = sorted(often[: self._config["max_features"]], key=lambda pair: pair[1])
        self.columns = {ngram: i for i, (_, ngram) in enumerate(chosen)}
        counts = np.array([n for n, _ in chosen], float)
        self.rarity = np.round(np.log((1 + len(texts)) / (1 + counts)) + 1, 4)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LetterNgrams:
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            content = json.loads((folder / "letters.json").read_text("utf-8"))
        component.columns = {ngram: i for i, ngram in enumerate(content["ngrams"])}
        component.rarity = np.array(content["rarity"])
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            self.add_features_to_message(None, self.count(message.get(TEXT) or ""), TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def _ngrams(self, text: Text) -> List[Text]:
        low, high = self._config["min_ngram"], self._config["max_ngram"]
        return list(ngrams(fold(for_model(text)), low, high))

    def count(self, text: Text) -> scipy.sparse.csr_matrix:
        """One row: (1 + log count) x rarity for each known n-gram, together of length `scale`."""
        counts = Counter(self.columns[g] for g in self._ngrams(text) if g in self.columns)
        columns = np.array(sorted(counts), int)
        values = np.array([1 + np.log(counts[c]) for c in columns]) * self.rarity[columns]
        length = np.sqrt((values**2).sum())
        if length:
            values *= self._config["scale"] / length
        shape = (1, len(self.columns))
        return scipy.sparse.csr_matrix((values, (np.zeros(len(columns), int), columns)), shape=shape)
