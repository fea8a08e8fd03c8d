"""How a network learns: `config` -> `batches` -> `loop`, with its state in `checkpoint`."""
