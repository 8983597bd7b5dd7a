"""Our small writer of TOML against the reader of the standard library."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.experiments import toml

text = st.text(st.characters(exclude_categories=["Cs"]))  # lone surrogates are no Unicode text
scalars = st.one_of(
    text,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False).filter(lambda x: abs(x) != float("inf")),
)
tables = st.dictionaries(text, st.dictionaries(text, st.one_of(scalars, st.lists(scalars))))


@given(tables)
def test_what_is_written_is_read_again(value):
    kept = {name: table for name, table in value.items() if table}
    assert tomllib.loads(toml.write(value)) == kept


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_type_and_their_bits(number):
    read = tomllib.loads(toml.write({"t": {"x": number, "n": 3}}))["t"]
    assert type(read["x"]) is float
    assert type(read["n"]) is int
    assert str(read["x"]) == str(number)  # -0.0 too


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("1e-3", 0.001),
        ("true", True),
        ("[64, 32]", [64, 32]),
        ('"8"', "8"),
        ("tanh", "tanh"),
        ("dirichlet:0.3", "dirichlet:0.3"),
        ("1\ny = 2", "1\ny = 2"),
        ("", ""),
    ],
)
def test_a_value_behind_an_equals_sign_is_read_as_toml_or_as_text(text, value):
    read = toml.value(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("value", [None, {}, object(), [None]])
def test_what_toml_cannot_say_is_refused(value):
    with pytest.raises(TypeError, match="x must be text, a boolean, a number or a list"):
        toml.write({"t": {"x": value}})


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="x must be finite, got inf"):
        toml.write({"t": {"x": float("inf")}})


def test_a_file_that_is_no_toml_says_where(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("[run]\nseed = = 3\n")
    with pytest.raises(ValueError, match=r"bad.toml must be written in TOML, got .*line 2"):
        toml.read(path)


def test_a_file_with_bytes_that_are_no_text_is_refused(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_bytes(b"[run]\nlabel = '\xff'\n")
    with pytest.raises(ValueError, match="must be written in TOML"):
        toml.read(path)


def test_a_key_outside_every_table_is_refused(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("seed = 3\n")
    with pytest.raises(ValueError, match=r"keep every key in a table, got seed; .*\[run\]"):
        toml.read(path)


def test_an_absent_file_may_have_been_meant_as_a_dataset(tmp_path):
    with pytest.raises(ValueError, match=r"file must be a TOML file.*did you mean --dataset"):
        toml.read(tmp_path / "digits")
