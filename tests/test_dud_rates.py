"""Dud rates: what is chosen, how it is weighed, what is refused, and the fit of kappa."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.distributions import beta_from_interval, beta_from_mean
from uxomap.errors import CatalogueError, InputError
from uxomap.munitions import (
    KAPPA,
    add_estimates,
    dud_rate,
    fit_kappa,
    given_rate,
    load_bases,
    load_estimates,
    load_munitions,
    load_weights,
    own_rate,
)
from uxomap.munitions._evidence import figure_pool, publisher, weigh_bases

BANNED = re.compile(
    r"\b(safe|clear|cleared|free|released|cancell?ed|reduced|confirmed|no risk|SHA|CHA)\b", re.IGNORECASE
)


def figure(**changes):
    row = {"estimate_id": "own-1", "munition_id": "m26", "mid_pct": 22.0, "basis": "field", "source": "Our team (2024)"}
    return pd.DataFrame([row | changes])


class TestTables:
    def test_field_study_test_statement_claim_in_this_order_and_the_rest_without_weight(self):
        weights = load_bases()["weight"]
        assert weights.index.tolist() == [
            "field", "study", "test", "statement", "claim", "requirement", "mission", "qualitative",
        ]  # fmt: skip
        assert np.all(np.diff(weights.iloc[:5]) < 0)
        assert (weights.iloc[5:] == 0).all()
        assert (np.diff(load_bases()["concentration"].iloc[:5]) <= 0).all()

    def test_every_choice_has_a_reason_and_no_word_that_only_a_survey_may_use(self):
        for table in (load_bases().reset_index(), load_weights().reset_index()):
            assert (table["reason"].str.len() > 20).all()
            text = " ".join(table.select_dtypes("str").to_numpy().ravel())
            assert not BANNED.search(text)

    def test_weak_sources_and_class_figures_weigh_little(self):
        factors = load_weights()["factor"]
        assert factors["grade"].tolist() == sorted(factors["grade"], reverse=True)
        assert factors["grade"]["C"] <= 1 / 3
        assert factors["beside_own"]["class"] <= 1 / 3
        assert factors["beside_own"]["analogy"] < factors["beside_own"]["class"]

    def test_single_estimates_that_are_set_aside_exist(self):
        assert set(load_weights().loc["estimate"].index) <= set(load_estimates()["estimate_id"])

    def test_no_colour_is_green(self):
        for colour in load_bases()["colour"]:
            red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
            assert green <= max(red, blue)

    def test_fill_up_says_what_the_published_pairs_say(self):
        # 1.4 to 10: BLU-97 7 against 5 %, M85 10 against 1 %
        percent = load_estimates().set_index("estimate_id")
        assert percent.loc["cbu87-3", "mid_pct"] / percent.loc["cbu87-4", "mid_pct"] == pytest.approx(1.4)
        assert percent.loc["m85_sd-3", "mid_pct"] / percent.loc["m85_sd-2", "high_pct"] == pytest.approx(10)


class TestFigures:
    @pytest.mark.parametrize(
        ("low", "mid", "high", "probability", "at"),
        [
            (3, None, 14, 0.05, 0.03),
            (3, None, 14, 0.95, 0.14),
            (None, None, 22, 0.95, 0.22),
            (14, None, None, 0.05, 0.14),
            (0, None, 22, 0.95, 0.22),
            (14, None, 100, 0.05, 0.14),
        ],
    )
    def test_ends_that_are_published_are_points_of_the_distribution(self, low, mid, high, probability, at):
        assert figure_pool(low, mid, high, 40.0).cdf(at) == pytest.approx(probability, abs=1e-6)

    def test_a_single_value_is_the_mean_and_its_basis_gives_the_spread(self):
        pool = figure_pool(None, 10.0, None, 40.0)
        assert (pool.mean, pool.sd**2) == pytest.approx((0.1, 0.09 / 41))
        assert figure_pool(10.0, None, 10.0, 40.0) == pool

    def test_low_values_keep_a_density_without_a_peak_at_zero(self):
        pool = figure_pool(None, 0.2, None, 30.0)
        assert pool.alpha[0] == pytest.approx(2)
        assert pool.mean == pytest.approx(0.002)

    def test_a_range_is_at_most_twice_as_exact_as_a_single_value(self):
        narrow, single = figure_pool(30.0, None, 40.0, 10.0), figure_pool(None, 35.0, None, 10.0)
        assert narrow.mean == pytest.approx(beta_from_interval(0.3, 0.4).mean)
        assert single.sd / narrow.sd == pytest.approx(2, rel=0.05)
        low, high = narrow.quantile([0.05, 0.95])
        assert low < 0.3
        assert high > 0.4

    @given(st.floats(0.01, 99), st.floats(0.01, 99), st.sampled_from([10.0, 30.0, 40.0]))
    def test_every_percentage_becomes_a_distribution(self, one, other, concentration):
        low, high = sorted((one, other))
        for figures in ((low, None, high), (None, one, None), (None, None, one), (one, None, None)):
            pool = figure_pool(*figures, concentration)
            assert 0 < pool.mean < 1
            assert np.isfinite(pool.quantile([0.05, 0.95])).all()

    def test_a_figure_without_content_is_refused(self):
        with pytest.raises(CatalogueError, match="above 0 and below 100"):
            figure_pool(0.0, None, None, 40.0)

    def test_up_to_x_stands_about_twice_above_the_centre_of_the_other_figures(self):
        # The rule for one-sided figures (half the odds) against the catalogue; makers' claims apart.
        table = weigh_bases(load_estimates(), None).query("basis_weight > 0 and basis != 'claim'")
        table = table.drop_duplicates(["source", "low_pct", "mid_pct", "high_pct"])
        odds = []
        for _, rows in table.groupby("munition_id"):
            up_to = rows.loc[rows["low_pct"].isna() & rows["mid_pct"].isna(), "high_pct"]
            centres = rows["mid_pct"].fillna((rows["low_pct"] + rows["high_pct"]) / 2).dropna()
            odds += [x / (100 - x) / (centres.median() / (100 - centres.median())) for x in up_to if len(centres)]
        assert len(odds) >= 8
        assert 1.5 < np.median(odds) < 3


class TestDudRate:
    def test_contradictions_over_the_m483a1_all_stay(self):
        rate = dud_rate("m483a1")
        low, high = rate.quantile([0.05, 0.95])
        assert low < 0.0235
        assert high > 0.14
        assert set(rate.estimates["estimate_id"]) == {"m483a1-1", "m483a1-2", "m483a1-3", "m483a1-4"}
        assert rate.assumptions == ""

    def test_m85_lies_clearly_above_its_tests(self):
        tests = load_estimates().query("munition_id == 'm85_sd' and basis == 'test'")
        assert 100 * dud_rate("m85_sd").mean > 3 * tests["high_pct"].max()

    def test_russian_rockets_get_a_wide_class_figure(self):
        rate = dud_rate("9m27k")
        assert 0.15 < rate.mean < 0.4
        low, high = rate.quantile([0.05, 0.95])
        assert low < 0.2
        assert high > 0.4
        assert "class figures only" in rate.assumptions

    def test_the_pool_is_the_weighted_mixture_of_its_figures(self):
        rate = dud_rate("bl755")
        assert rate.estimates["weight"].sum() == pytest.approx(1)
        assert rate.mean == pytest.approx(rate.estimates["weight"] @ rate.estimates["share_mean"])
        bases, grades = load_bases()["weight"], load_weights()["factor"]["grade"]
        raw = rate.estimates["basis"].map(bases) * rate.estimates["grade"].map(grades)
        np.testing.assert_allclose(rate.estimates["weight"], raw / raw.sum())
        assert rate.sd == rate.pool.sd

    @pytest.mark.parametrize("munition_id", ["m483a1", "m85_sd", "bl755", "cbu58"])
    def test_a_munition_counted_or_studied_itself_ignores_its_class(self, munition_id):
        rate = dud_rate(munition_id)
        assert (rate.estimates["scope"] == "own").all()
        assert (rate.estimates["munition_id"] == munition_id).all()
        table = load_estimates()
        changed = table.assign(high_pct=table["high_pct"].where(table["munition_id"] != "generic_cluster", 99))
        assert dud_rate(munition_id, estimates=changed).pool == rate.pool

    def test_class_figures_beside_own_ones_count_at_a_low_weight(self):
        table = dud_rate("m26").estimates
        assert {"own", "class"} == set(table["scope"])
        own = table.query("scope == 'own' and basis == 'test' and grade == 'B'")["weight"].iloc[0]
        other = table.query("scope == 'class' and basis == 'field' and grade == 'B'")["weight"].iloc[0]
        assert other / own == pytest.approx(4 * 0.25 / 2)

    @pytest.mark.parametrize("munition_id", ["dm662", "l20a1", "m999", "mat120", "m39_atacms", "astros_ss60"])
    def test_tests_and_claims_are_not_left_alone(self, munition_id):
        rate = dud_rate(munition_id)
        tested = rate.estimates.query("munition_id == @munition_id")
        assert tested["basis"].isin(["test", "claim"]).all()
        assert rate.mean > tested["weight"] @ tested["share_mean"] / tested["weight"].sum()
        assert rate.quantile(0.95) > 0.14
        assert "class figures (Cluster munition, type unknown) added at" in rate.assumptions
        assert (dud_rate(munition_id, "official").estimates["munition_id"] == munition_id).all()

    def test_more_weight_on_the_field_moves_the_mean_towards_it(self):
        means = [dud_rate("m85_sd", weights={"field": weight}).mean for weight in (0.5, 4, 40)]
        assert means == sorted(means)
        assert means[-1] == pytest.approx(dud_rate("m85_sd", "field").mean, rel=0.03)
        assert "weights set by the user: field 40" in dud_rate("m85_sd", weights={"field": 40}).assumptions

    def test_field_lies_above_official_where_both_exist(self):
        for munition_id in ("m85_sd", "bl755", "cbu87", "m26"):
            assert dud_rate(munition_id, "field").mean > dud_rate(munition_id, "official").mean

    def test_scenarios_admit_what_they_say(self):
        assert set(dud_rate("bl755", "field").estimates["basis"]) == {"field"}
        assert set(dud_rate("bl755", "official").estimates["basis"]) == {"test", "claim"}
        one = dud_rate("bl755", "source:independent")
        assert one.estimates["source"].str.contains("Independent").all()
        assert one.assumptions.startswith("dud rate from scenario 'source:independent' only")

    def test_a_source_is_found_by_whole_words_only(self):
        # "Dirty Dozen" and "report" hold the letters of RT, the broadcaster.
        assert dud_rate("m483a1", "source:RT").estimates["source"].str.startswith("RT ").all()

    def test_a_munition_without_figures_gets_its_class_and_says_so(self):
        rate = dud_rate("3o23")
        assert rate.pool == dud_rate("generic_cluster").pool
        assert "no published dud rate for this munition" in rate.assumptions
        assert (rate.estimates["scope"] == "class").all()

    def test_mission_failures_and_requirements_are_not_dud_rates(self):
        assert dud_rate("cruise_missile_ru").pool == dud_rate("generic_unitary").pool
        assert "requirement" not in set(dud_rate("m26").estimates["basis"])

    def test_the_worst_sites_do_not_stand_for_the_whole_of_lebanon(self):
        rate = dud_rate("lebanon_2006_mix")
        assert "lebanon_2006_mix-3" not in set(rate.estimates["estimate_id"])
        assert 0.25 < rate.mean < 0.4

    @pytest.mark.parametrize("munition_id", ["9m27k3_pfm", "pom3", "raam"])
    def test_mines_may_all_be_live(self, munition_id):
        rate = dud_rate(munition_id)
        low, high = rate.quantile([0.05, 0.95])
        assert low < 0.1
        assert high > 0.95
        assert "share of mines still live is assumed" in rate.assumptions
        assert rate.evidence_key.startswith("assumed")

    def test_mines_with_figures_of_the_user_use_them(self):
        new = add_estimates(figure(munition_id="pom3", mid_pct=60))
        assert dud_rate("pom3", estimates=new).mean == pytest.approx(0.6)

    def test_every_munition_of_the_catalogue_has_a_rate(self):
        for munition_id in load_munitions().index:
            rate = dud_rate(munition_id)
            low, high = rate.quantile([0.05, 0.95])
            assert 0 <= low < rate.mean < high <= 1, munition_id
            assert rate.sources, munition_id
            assert rate.evidence_key, munition_id
            assert not BANNED.search(rate.assumptions), munition_id

    def test_nobody_is_mapped_as_if_hardly_anything_failed(self):
        for munition_id in load_munitions().index:
            assert dud_rate(munition_id).mean > 0.03, munition_id

    def test_same_evidence_has_the_same_key_and_other_evidence_another(self):
        keys = {
            name: dud_rate(name).evidence_key for name in ("9m27k", "9m54_tornado_s", "generic_cluster_ru", "cbu87")
        }
        assert len({keys["9m27k"], keys["9m54_tornado_s"], keys["generic_cluster_ru"]}) == 1
        assert keys["cbu87"] != keys["9m27k"]
        assert dud_rate("m509a1").evidence_key != dud_rate("mk20_rockeye").evidence_key

    def test_sources_are_publishers_in_stable_order_without_repeats(self):
        rate = dud_rate("m85_sd")
        names = rate.sources.split("; ")
        assert len(names) == len(set(names))
        assert names[0] == publisher(rate.estimates["source"].iloc[0])
        assert "Human Rights Watch" in names

    @pytest.mark.parametrize(
        ("source", "short"),
        [
            ("Human Rights Watch, Fatally Flawed (2002)", "Human Rights Watch"),
            ("UK House of Commons (Hansard written answer, A. Ingram), ERBS (2007)",
             "UK House of Commons (Hansard written answer, A. Ingram)"),
            ("unconfirmed (no source read)", "unconfirmed"),
            ("A; B, C", "A, B"),
            ("Broken (bracket, here", "Broken"),
        ],
    )  # fmt: skip
    def test_publisher_is_what_stands_before_the_first_comma(self, source, short):
        assert publisher(source) == short

    def test_same_input_same_output_and_nothing_leaks_between_calls(self):
        first = dud_rate("bl755")
        first.estimates["weight"] = 0.0
        second = dud_rate("bl755")
        assert second.estimates["weight"].sum() == pytest.approx(1)
        assert first.pool == second.pool

    def test_the_callers_frame_is_not_touched(self):
        table = load_estimates()
        before = table.copy()
        dud_rate("m26", estimates=table)
        add_estimates(figure(), estimates=table)
        pd.testing.assert_frame_equal(table, before)

    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            (lambda: dud_rate("M-26"), CatalogueError, "Nearest: m26"),
            (lambda: dud_rate("bl756"), CatalogueError, "Nearest: bl755"),
            (lambda: dud_rate("m26", "best"), InputError, "Must be one of: all, field, official, or 'source:'"),
            (lambda: dud_rate("m26", "source: "), InputError, "part of the name of a source"),
            (lambda: dud_rate("m26", weights={"rumour": 1}), InputError, "for one of: field, study"),
            (lambda: dud_rate("m26", weights={"field": -1}), InputError, "a number of 0 or more"),
            (
                lambda: dud_rate("l20a1", "field"),
                CatalogueError,
                "There are figures in: all, official; sources: UK House",
            ),
            (lambda: dud_rate("3o23", "field"), CatalogueError, "falls back to its class"),
            (lambda: dud_rate("pom3", "official"), CatalogueError, "Use the scenario 'all'"),
            (lambda: dud_rate("m26", "source:nobody"), CatalogueError, "sources: Human Rights Watch"),
        ],
    )
    def test_refusals_say_what_to_do(self, call, error, words):
        with pytest.raises(error, match=re.escape(words)):
            call()

    def test_a_class_without_figures_is_an_error_not_a_guess(self):
        table = load_estimates().query("munition_id != 'generic_cluster'")
        with pytest.raises(CatalogueError, match="none for its class"):
            dud_rate("3o23", estimates=table)


class TestOwnFigures:
    def test_new_figures_join_the_old_ones(self):
        table = add_estimates(figure())
        assert len(table) == len(load_estimates()) + 1
        rate = dud_rate("m26", estimates=table)
        assert "Our team (2024)" in rate.sources
        assert rate.mean > dud_rate("m26").mean

    def test_from_a_csv_file(self, tmp_path):
        path = tmp_path / "own.csv"
        path.write_text(
            "estimate_id,munition_id,low_pct,high_pct,basis,source\nown-1,m26,14,25 %,field,Our team\n",
            encoding="utf-8-sig",
        )
        rate = dud_rate("m26", "source:our team", estimates=add_estimates(str(path)))
        assert rate.pool.cdf([0.14, 0.25]).tolist() == pytest.approx([0.05, 0.95], abs=1e-6)

    def test_figures_below_one_per_cent_pass_where_they_are_meant(self):
        table = add_estimates(figure(mid_pct=0.14), below_one_percent=True)
        assert dud_rate("m26", "source:our team", estimates=table).mean == pytest.approx(0.0014)

    def test_twice_added_is_twice_there(self):
        table = add_estimates(figure(estimate_id="own-2"), estimates=add_estimates(figure()))
        assert table["estimate_id"].tolist()[-2:] == ["own-1", "own-2"]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"mid_pct": 0.14}, "row 'own-1': 0.14 looks like a share. Figures are in per cent: write 14"),
            ({"mid_pct": -3}, "row 'own-1': mid_pct -3.0 must lie between 0 and 100"),
            ({"mid_pct": 140}, "row 'own-1': mid_pct 140.0 must lie between 0 and 100"),
            ({"mid_pct": "about ten"}, "row 'own-1': mid_pct 'about ten' is not a number"),
            ({"mid_pct": np.nan}, "row 'own-1': a row without a number"),
            ({"mid_pct": 0}, "row 'own-1': 0 % is no dud rate"),
            ({"mid_pct": 100}, "row 'own-1': 100 % is no dud rate"),
            ({"mid_pct": np.nan, "low_pct": 30, "high_pct": 10}, "row 'own-1': low_pct, high_pct must not fall"),
            ({"basis": "rumour"}, "row 'own-1': unknown basis 'rumour'"),
            ({"basis": "qualitative"}, "row 'own-1': basis 'qualitative' holds no number"),
            ({"source": ""}, "row 'own-1': source must not be empty"),
            ({"source": None}, "row 'own-1': source must not be empty"),
            ({"estimate_id": "m26-1"}, "row 'm26-1': duplicate id"),
            ({"munition_id": "m27"}, "row 'own-1': munition_id 'm27' is not in the catalogue"),
            ({"grade": "Z"}, "unknown grade 'Z'"),
            ({"url": "somewhere"}, "must begin with http"),
        ],
    )
    def test_faulty_rows_are_refused_with_row_and_reason(self, changes, words):
        with pytest.raises(CatalogueError, match=re.escape(words)):
            add_estimates(figure(**changes))

    def test_missing_columns_and_files_are_named(self, tmp_path):
        with pytest.raises(InputError, match="missing column source"):
            add_estimates(figure().drop(columns="source"))
        with pytest.raises(InputError, match="missing column low_pct or mid_pct or high_pct"):
            add_estimates(figure().drop(columns="mid_pct"))
        with pytest.raises(InputError, match="Check path and format"):
            add_estimates(tmp_path / "nowhere.csv")
        (tmp_path / "empty.csv").write_text("", encoding="utf-8")
        with pytest.raises(InputError, match="Check path and format"):
            add_estimates(tmp_path / "empty.csv")

    @given(st.floats(0.005, 0.9), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
    def test_a_given_range_keeps_its_mean_and_holds_ninety_per_cent(self, mean, down, up):
        low, high = mean * (1 - down), mean + (1 - mean) * up
        rate = given_rate(low, mean, high)
        assert rate.mean == pytest.approx(mean)
        assert rate.pool.cdf(high) - rate.pool.cdf(low) == pytest.approx(0.9, abs=1e-6)

    def test_a_known_share_and_a_distribution_can_be_given(self):
        assert given_rate(0.1, 0.1, 0.1).sd < 0.001
        rate = own_rate(beta_from_mean(0.2, 30), source="Log; 2024", munition_id="m26")
        assert (rate.munition_id, rate.mean, rate.sources) == ("m26", pytest.approx(0.2), "Log, 2024")
        assert "given by the user" in rate.assumptions

    @pytest.mark.parametrize(
        ("numbers", "words"),
        [
            ((2, 14, 30), "Write 14 % as 0.14"),
            ((0.0, 0.1, 0.2), "ends excluded"),
            ((0.2, 0.1, 0.3), "Put them in order"),
            ((0.1, 0.1, 0.3), "Put them in order"),
            ((0.1, np.nan, 0.3), "between 0 and 1"),
        ],
    )
    def test_ranges_that_cannot_be_are_refused(self, numbers, words):
        with pytest.raises(InputError, match=words):
            given_rate(*numbers)

    def test_a_rate_needs_a_source(self):
        with pytest.raises(InputError, match="where the dud rate comes from"):
            own_rate(beta_from_mean(0.2, 30), source=" ")


class TestKappa:
    def test_kappa_is_the_fit_rounded_and_the_spreads_support_12_to_33(self):
        fit = fit_kappa()
        assert round(fit.loc["together", "kappa"], -1) == KAPPA
        assert fit.loc["together", ["low", "high"]].round().tolist() == [12, 33]

    def test_the_three_spreads_do_not_agree(self):
        fit = fit_kappa()
        assert fit.loc["lebanon", "high"] < fit.loc["m85", "low"]
        assert fit.loc["kosovo", "low"] < KAPPA < fit.loc["kosovo", "high"]

    def test_more_containers_behind_the_kosovo_range_mean_more_alike_strikes(self):
        found = [fit_kappa(containers=n).loc["kosovo", "kappa"] for n in (10, 20, 40)]
        assert found == sorted(found)

    def test_kappa_gives_back_what_was_seen(self):
        # Twenty containers of 175 items, 10 % on the whole: least and most, as simulated with kappa = 20.
        rng = np.random.default_rng(4)
        q = rng.beta(0.1 * KAPPA, 0.9 * KAPPA, (4000, 20))
        seen = rng.binomial(175, q) / 175
        assert np.median(seen.max(axis=1)) == pytest.approx(0.26, abs=0.03)
        assert np.median(seen.min(axis=1)) < 0.03
        # The worst of 249 sites at 32.5 % on the whole.
        worst = rng.beta(0.325 * KAPPA, 0.675 * KAPPA, (4000, 249)).max(axis=1)
        assert np.median(worst) == pytest.approx(0.62, abs=0.03)

    def test_the_fit_finds_a_known_kappa(self):
        # Three sites drawn with kappa = 20 seldom lie as close together as the M85 sites did.
        rng = np.random.default_rng(6)
        spread = rng.beta(0.111 * KAPPA, 0.889 * KAPPA, (20_000, 3)).std(axis=1)
        assert 0.01 < np.mean(spread <= np.std([0.096, 0.115, 0.122])) < 0.06


class TestPlot:
    def test_bars_pool_and_words(self):
        pyplot = pytest.importorskip("matplotlib.pyplot")
        pyplot.switch_backend("Agg")
        axes = dud_rate("m85_sd").plot()
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert any("1.3 to 2.3 %" in label for label in labels)
        assert labels[-1] == "pooled"
        assert axes.get_xlabel() == "share left live, %"
        assert axes.get_title(loc="left").startswith("m85_sd: between")
        legend = [text.get_text() for text in axes.get_legend().get_texts()]
        assert legend == ["Counted in the field", "Range test", "Maker's or user's claim"]
        pyplot.close(axes.figure)

    @pytest.mark.parametrize(
        "make", [lambda: dud_rate("pom3"), lambda: given_rate(0.05, 0.1, 0.2), lambda: dud_rate("m999")]
    )
    def test_every_kind_of_rate_can_be_drawn_on_axes_of_the_caller(self, make):
        pyplot = pytest.importorskip("matplotlib.pyplot")
        pyplot.switch_backend("Agg")
        figure_, axes = pyplot.subplots()
        assert make().plot(axes) is axes
        figure_.canvas.draw()
        pyplot.close(figure_)

    def test_the_package_does_not_load_matplotlib_until_something_is_drawn(self):
        code = "import sys, uxomap.munitions as m; m.dud_rate('m26'); sys.exit('matplotlib' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestPage:
    """The numbers on docs/dud_rates.md are those of the code."""

    def rows(self, root, heading):
        text = (root / "docs" / "dud_rates.md").read_text(encoding="utf-8")
        section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
        lines = [line for line in section.splitlines() if line.startswith("|")][2:]
        assert lines
        return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]

    def test_pooled_rates(self, root):
        for munition_id, _, mean, low, high in self.rows(root, "What the pools say"):
            rate = dud_rate(munition_id)
            found = [f"{100 * value:.1f}" for value in (rate.mean, *rate.quantile([0.05, 0.95]))]
            assert [mean, low, high] == found, munition_id

    def test_weights(self, root):
        bases = load_bases()
        for basis, weight, concentration, *_ in self.rows(root, "Weights"):
            assert (float(weight), float(concentration)) == tuple(bases.loc[basis, ["weight", "concentration"]])

    def test_kappa(self, root):
        fit = fit_kappa()
        for name, *cells in self.rows(root, "Between strikes"):
            assert cells[-3:] == [f"{value:.0f}" for value in fit.loc[name]], name
