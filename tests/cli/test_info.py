"""``pyfedlite info``: what may explain why two machines do not agree."""

import platform

import numpy as np

import pyfedlite
from pyfedlite import kernels


def test_versions_and_kernels_are_told(ask):
    told = ask("info", "--json").json
    assert told["pyfedlite"] == pyfedlite.__version__
    assert told["numpy"] == np.__version__
    assert told["python"] == platform.python_version()
    assert told["kernels"] == kernels.NAME


def test_people_are_told_the_same(ask):
    done = ask("info", "--json")
    for name in ("numpy", "kernels", "blas", "processor"):
        assert any(
            line.startswith(name) and str(done.json[name]) in line for line in done.out.splitlines()
        )


def test_an_absent_package_is_called_absent(ask, monkeypatch):
    from pyfedlite.cli import info

    monkeypatch.setattr(info, "PACKAGES", ("no-such-package-anywhere",))
    assert ask("info", "--json").json["packages"] == {"no-such-package-anywhere": "absent"}


def test_the_place_of_each_data_set_is_told(ask):
    assert ask("info", "--json").json["data"]["digits"] == "built in"


def test_quiet_prints_nothing(ask):
    assert ask("info", "--quiet").out == ""
