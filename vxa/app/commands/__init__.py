"""One module a command: `add_flags(parser)` declares its flags, `run(arguments, output)` does it."""
