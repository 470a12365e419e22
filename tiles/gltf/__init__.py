"""Binary glTF with feature ids and property tables: values to bytes."""
