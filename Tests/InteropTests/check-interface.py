#!/usr/bin/env python3
"""Reads what a voice server says of itself with the libraries that others would read it with.

    check-interface.py METRICS.txt OPENAPI.json

METRICS is parsed by Prometheus' own client, line by line; OPENAPI is validated. Prints the names of the metrics.
"""
import json
import sys

import openapi_spec_validator
from prometheus_client.parser import text_string_to_metric_families

_, metrics, openapi = sys.argv
with open(metrics) as file:
    text = file.read()
families = list(text_string_to_metric_families(text))
names = [family.name for family in families]
samples = [sample for family in families for sample in family.samples]
assert len(set(names)) == len(names), "a metric is there twice"
assert len({(s.name, *sorted(s.labels.items())) for s in samples}) == len(samples), "a sample is there twice"
assert len(samples) == sum(1 for line in text.splitlines() if line and not line.startswith("#"))
for family in families:
    assert family.type != "unknown" and family.documentation, f"{family.name} is not described"
    for sample in family.samples:
        assert family.type == "gauge" or sample.value >= 0, f"{sample.name} is negative"
with open(openapi) as file:
    openapi_spec_validator.validate(json.load(file))
print("\n".join(names))
