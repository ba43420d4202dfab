"""Five published studies enacted again as they were published, slips included, with transformers, torch and scikit-learn.

Written for the tests from what the studies say; nothing here reads or imports Sonde. Each module has one function `run` that
takes a model, data, seeds and sizes and gives an Outcome: what was chosen, how it was divided, features, predictions, scores.
"""
