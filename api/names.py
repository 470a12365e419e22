"""Names of the files in a workspace; apart from the settings, whose reading is heavy."""

SETTINGS_FILE = "cim.toml"
