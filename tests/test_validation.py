"""Checks that several modules share: what passes, and the words in which the rest is refused."""

import numpy as np
import pytest

from uxomap._validation import check_choice, check_metres, check_probability, check_sensitivity
from uxomap.errors import InputError


@pytest.mark.parametrize("value", [1, 0.5, np.float32(2), np.int64(3), 1e9])
def test_lengths_may_be_numbers_of_any_type(value):
    check_metres(value, "near_m")


@pytest.mark.parametrize("value", [0.5, np.float32(0.1), np.float64(0.999)])
def test_chances_may_be_numbers_of_any_type(value):
    check_probability(value, "containment")


@pytest.mark.parametrize("value", ["1000", "", None, True, [5.0], {}, np.nan, np.inf, -1, 0, 1 + 2j, b"5"])
def test_what_is_no_length_is_refused_in_the_same_words(value):
    with pytest.raises(InputError, match=r"^Invalid near_m .*\. Must be a finite number of metres, above 0\."):
        check_metres(value, "near_m")


def test_a_length_in_quotes_is_told_to_leave_them_out():
    with pytest.raises(InputError, match=r"Invalid fadeout_m '50'.*0 or more\. Write digits only, without quotes\."):
        check_metres("50", "fadeout_m", zero=True)
    check_metres(0, "fadeout_m", zero=True)


@pytest.mark.parametrize("value", ["0.95", None, False, True, [0.5], np.nan, 0, 1, 95])
def test_what_is_no_chance_is_refused_in_the_same_words(value):
    with pytest.raises(InputError, match=r"^Invalid containment .*\. Must lie between 0 and 1, ends excluded\."):
        check_probability(value, "containment")


@pytest.mark.parametrize("value", ["no", None, ["dud"], 1])
def test_what_is_none_of_the_choices_is_refused_with_them(value):
    with pytest.raises(InputError, match=r"^Invalid kind .*\. Must be one of: dud, mine\."):
        check_choice(value, "kind", {"dud": 1, "mine": 2})


@pytest.mark.parametrize("value", ["", "  ", None, 5])
def test_a_product_needs_a_label(value):
    with pytest.raises(InputError, match="There is no sensitivity label"):
        check_sensitivity(value)
