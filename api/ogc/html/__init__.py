"""The pages of the OGC API: ours, in Chinese and English, drawn without any network."""
