"""Jobs a data scientist runs: load, train, compare, publish, export. One file here imports mlflow."""
