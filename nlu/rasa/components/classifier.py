"""Rasa's logistic regression with its strength of regularisation, and a confidence that means something."""

from __future__ import annotations

from typing import Any, Dict, Text

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class CalibratedLogisticRegression(LogisticRegressionClassifier):
    """LogisticRegressionClassifier with `C`, `balanced` and `temperature`.

    `temperature` divides the scores (below 1 = more certain); `make train` measures it on messages
    left out of training. Learned in 32 bits: half the memory and time. The weights are rounded to
    16 bits, so that what Rasa serves and what the desk reads are the same numbers, and the archive is
    small enough to commit.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "C": 1.0,
            "balanced": True,
            "temperature": 1.0,
        }

    def __init__(
        self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(config, name, model_storage, resource)
        self.clf.set_params(C=self.config["C"], class_weight="balanced" if self.config["balanced"] else None)

    def train(self, training_data: TrainingData) -> Resource:
        matrix, labels = self._create_training_matrix(training_data)
        self.clf.fit(matrix.astype(np.float32), labels)
        self.clf.coef_ = self._rounded(self.clf.coef_)
        self.clf.intercept_ = self._rounded(self.clf.intercept_)
        self.persist()
        return self._resource

    def _rounded(self, weights: np.ndarray) -> np.ndarray:
        return (weights / self.config["temperature"]).astype(np.float16).astype(float)
