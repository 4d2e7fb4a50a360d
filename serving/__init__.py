"""The HTTP face of Rapport: :func:`serving.app.create_app` and the rooms behind it.

A request passes the edge (request id, limits, CORS, telemetry), then one plain route that authenticates the key,
parses strictly, asks the engine and encodes the answer. Everything a route may say to whom is in two tables:
:mod:`serving.auth.access` (who may call what) and :mod:`serving.problems` (which error becomes which document).
Nothing here fits a model; one file, :mod:`serving.model_follower`, follows the registry.
"""
