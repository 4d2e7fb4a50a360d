"""The form of a playbook file: its tables and settings, what each accepts, and where in the file they stand."""
