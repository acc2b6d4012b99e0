"""Nothing but data; what reads it is :mod:`nutau.common.yaml_files`."""
