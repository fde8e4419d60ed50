# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The list of features and the scenarios agree, and docs/coverage.md says so."""

from hil.coverage import PAGE, every_scenario, features, page


def test_every_scenario_names_features_that_exist() -> None:
    known = features()
    assert {
        (scenario.name, feature)
        for scenario in every_scenario()
        for feature in scenario.features
        if feature not in known
    } == set()


def test_every_scenario_proves_at_least_one_feature() -> None:
    assert [scenario.name for scenario in every_scenario() if not scenario.features] == []


def test_every_scenario_has_a_bench_to_run_on() -> None:
    assert [scenario.name for scenario in every_scenario() if not scenario.benches] == []


def test_the_coverage_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m hil.coverage"
