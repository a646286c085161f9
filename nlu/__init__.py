"""What was meant? Language, intent and translation of one text message.

This file stays empty of imports: the training project in nlu/rasa (Python 3.10) imports
`nlu.normal` and must not pull the rest of the house in.
"""
