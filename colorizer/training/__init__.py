"""Train a run: `trainer` is the loop, `learner` one step of it, `checkpoint` the state that makes it resumable."""
