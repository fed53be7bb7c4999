"""Checks, claim by claim, what papers on the theory of deep learning assert.

data · models · training · probes     what is trained and measured, as plain values
statistics · verdicts                 what may be concluded; sees no network
experiments                           runs: keys, store, plan, engine
reporting · plugin                    what people see, and the pytest glue
"""
