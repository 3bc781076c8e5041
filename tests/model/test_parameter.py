"""What a project may set of a metric, and how wrong values are refused."""

from __future__ import annotations

import pytest

from kpicore import ConfigError, choice_parameter, names_parameter, number_parameter


def test_what_is_not_set_has_its_default() -> None:
    """Without a table, and without the key in it, the default holds; what is set holds otherwise."""
    given: dict[str, dict[str, object]] = {"a.b": {"days": 3, "names": ["x"], "how": "one"}}

    assert 7 == number_parameter({}, "a.b", "days", 7)
    assert 7 == number_parameter(given, "a.b", "hours", 7)
    assert 3 == number_parameter(given, "a.b", "days", 7)
    assert ("y",) == names_parameter({}, "a.b", "names", ["y"])
    assert ("x",) == names_parameter(given, "a.b", "names", ["y"])
    assert "two" == choice_parameter({}, "a.b", "how", "two", ["one", "two"])
    assert "one" == choice_parameter(given, "a.b", "how", "two", ["one", "two"])


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), 11, True, "3", None, [3]])
def test_number_must_be_in_its_range(value: object) -> None:
    """Zero, negative, endless, too large or no number at all: each is refused with key, value and table."""
    with pytest.raises(ConfigError, match=r'days must be a number above 0 and at most 10 \(got .* in \[parameters."a.b"\]\)'):
        number_parameter({"a.b": {"days": value}}, "a.b", "days", 7, most=10)


@pytest.mark.parametrize("value", [[], "x", ["x", 1], [""], None, {"x": 1}])
def test_names_must_be_a_list_of_names(value: object) -> None:
    """Nothing, one text, or something that is no text is refused."""
    with pytest.raises(ConfigError, match="names must be a list of one or more names"):
        names_parameter({"a.b": {"names": value}}, "a.b", "names", ["y"])


def test_names_must_exist_and_differ() -> None:
    """An unknown name is answered with the nearest one; a repeated one is refused."""
    with pytest.raises(ConfigError, match="did you mean 'phone'"):
        names_parameter({"a.b": {"names": ["phon"]}}, "a.b", "names", ["name"], ["name", "phone"])
    with pytest.raises(ConfigError, match="must name each once"):
        names_parameter({"a.b": {"names": ["name", "name"]}}, "a.b", "names", ["name"], ["name", "phone"])


@pytest.mark.parametrize("value", ["three", None, 1, ["one"]])
def test_choice_must_be_one_of_a_few(value: object) -> None:
    """What is none of the choices is refused, and they are listed."""
    with pytest.raises(ConfigError, match=r"how must be one of one, two \(got"):
        choice_parameter({"a.b": {"how": value}}, "a.b", "how", "two", ["one", "two"])
