"""How a network learns: `config` -> `loop`, with its state in `checkpoint`."""
