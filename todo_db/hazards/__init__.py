"""What revisions do to a running system: measured on scratch, told with what the live database holds."""
