"""What `scripts/cite` makes of a report of OGC's test suite."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPORT = """<testng-results skipped="1" failed="2" total="4" passed="1"><suite name="s"><test>
<class name="org.opengis.cite.ogcapifeatures10.conformance.core.landingpage.LandingPage">
<test-method name="initCommonFixture" status="PASS" is-config="true"/>
<test-method name="landingPageRetrieval" status="PASS"/>
<test-method name="landingPageValidation" status="FAIL"><exception>
<message><![CDATA[ no   link
 here ]]></message></exception></test-method></class>
<class name="org.opengis.cite.ogcapifeatures10.conformance.crs.Query">
<test-method name="verifyBboxCrs" status="FAIL"/>
<test-method name="verifyCrs" status="SKIP"><exception><message>unknown CRS</message></exception>
</test-method></class></test></suite></testng-results>"""
PAGE = """
| Test | Why it fails |
| --- | --- |
| `conformance.crs.Query.verifyBboxCrs` | the suite swaps axes |
"""


@pytest.fixture(scope="module")
def cite() -> ModuleType:
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("cite_script", str(ROOT / "scripts" / "cite"))
    spec = importlib.util.spec_from_loader("cite_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["cite_script"] = module
    loader.exec_module(module)
    return module


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report with a test of each kind."""
    path = tmp_path / "testng-results.xml"
    path.write_text(REPORT, "utf-8")
    return path


def test_tests_are_read_with_their_reasons(cite: ModuleType, report: Path) -> None:
    results = list(cite.read_report(report))
    assert [(one.method, one.state) for one in results] == [
        ("landingPageRetrieval", "PASS"),
        ("landingPageValidation", "FAIL"),
        ("verifyBboxCrs", "FAIL"),
        ("verifyCrs", "SKIP"),
    ]
    assert results[1].reason == "no link here"


def test_a_failure_counts_unless_the_page_explains_it(cite: ModuleType, report: Path) -> None:
    results = list(cite.read_report(report))
    explained = cite.explained_in(PAGE)
    assert [one.method for one in cite.unexplained(results, explained)] == [
        "landingPageValidation"
    ]
    told = "\n".join(cite.reasons(results, explained))
    assert "explained: the suite swaps axes" in told
    assert "SKIP conformance.crs.Query.verifyCrs: unknown CRS" in told


def test_the_table_counts_by_class(cite: ModuleType, report: Path) -> None:
    lines = list(cite.table(list(cite.read_report(report))))
    assert lines[-1].split() == ["all", "1", "2", "1"]
    assert lines[1].split() == ["conformance.core.landingpage.LandingPage", "1", "1", "0"]


def test_a_report_without_tests_is_no_report(cite: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "testng-results.xml"
    path.write_text("<testng-results/>", "utf-8")
    with pytest.raises(cite.SuiteError):
        list(cite.read_report(path))


def test_a_suite_that_is_not_there_is_told(
    cite: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CITE_JAR", str(tmp_path / "none.jar"))
    assert cite.main() == cite.CANNOT_RUN
