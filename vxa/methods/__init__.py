"""Published ways of using attention, one file each. Know no host and no page."""
