"""Commands that the training jobs add to ``rapport``; each module offers ``register(app)``."""
