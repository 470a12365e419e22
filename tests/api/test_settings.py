"""`cim.toml`."""

import tomllib
from pathlib import Path

import pytest

from api.settings import Settings, load_settings, parse_settings, sections
from cim.errors import ConfigError

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
KEYS = [(section, key) for section, model in sections().items() for key in model.model_fields]


def write(workspace: Path, text: str) -> Path:
    (workspace / "cim.toml").write_text(text, encoding="utf-8")
    return workspace


def test_an_empty_file_means_all_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "")) == Settings()


def test_what_is_written_reads_back_equal(tmp_path: Path) -> None:
    settings = parse_settings(
        {"city": {"title_zh": '"引号"与\\'}, "server": {"cors_origins": ["https://a.cn"]}},
        {},
        where="test",
    )
    assert load_settings(write(tmp_path, settings.to_toml())) == settings


def test_every_key_stands_in_the_written_file_with_its_meaning() -> None:
    text = Settings().to_toml()
    document = tomllib.loads(text)
    for section, key in KEYS:
        assert key in document[section]
        description = sections()[section].model_fields[key].description
        assert description
        assert f"# {description}" in text


@pytest.mark.parametrize("page", ["settings.md", "settings.zh.md"])
@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_key_is_in_the_reference(page: str, section: str, key: str) -> None:
    assert f"`{section}.{key}`" in (REFERENCE / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[server]\nprot = 1", r"cim\.toml: unknown key 'server\.prot'; did you mean 'server\."),
        ("[serve]", r"unknown key 'serve'; did you mean 'server'\?"),
        ("[server]\nport = 70000", r"server\.port = 70000: input should be less than or equal"),
        ("[city]\ndivision_code = '42'", r"city\.division_code = \"42\": .*\^\[0-9\]\{6\}\$"),
        ("[city]\nname = 'Wu Han'", r"city\.name = \"Wu Han\""),
        ("[store]\ndatabase = 'postgresql://h/d'", r"store\.database = .* not in this version"),
        (
            "[server]\ndefault_limit = 50\nmax_limit = 10",
            r"must not be below default_limit \(50\)",
        ),
        ("[geocoder]\nlanguage = 'klingon'", r"geocoder\.language = .* legal: chinese, french"),
        ("[geocoder]\nlanguage = 'french'", r"geocoder\.layer = \"\": must name the layer"),
        ("[geocoder]\nlayer = 'adresses'", r"geocoder\.layer = \"adresses\": must be empty"),
        ("city = 'x'", r"city = \"x\": must be a table, \[city\]"),
        ("[city", r"cim\.toml: not TOML: "),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refusal:
        load_settings(write(tmp_path, text))
    assert "\n" not in str(refusal.value)


def test_a_missing_file_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; make a workspace with: cim init DIR"):
        load_settings(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cim.toml").write_bytes("[city]\ntitle_zh = '武汉'".encode("gbk"))
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


def test_variables_of_the_environment_stand_over_the_file() -> None:
    settings = parse_settings(
        {"server": {"port": 1}},
        {"CIM_SERVER_PORT": "9000", "CIM_SERVER_CORS_ORIGINS": "https://a, https://b"},
        where="test",
    )
    assert settings.server.port == 9000
    assert settings.server.cors_origins == ("https://a", "https://b")


def test_a_misspelt_variable_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown variable 'CIM_SERVER_PROT'; known: "):
        parse_settings({}, {"CIM_SERVER_PROT": "1"}, where="test")


def test_other_variables_are_not_settings() -> None:
    assert parse_settings({}, {"CIM_WORKSPACE": "/x", "HOME": "/"}, where="test") == Settings()
