"""Prefect wiring: each flow opens resources, calls the pipeline and reports to Prefect."""
