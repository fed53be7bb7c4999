"""The claims of one paper."""
