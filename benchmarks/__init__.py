"""What the product costs and how fast it is, measured on the stand-ins: `make bench`, or `make bench ONLY=calls`.

One benchmark a module, each with `measure(size)`, which returns figures. Whatever depends on the machine is measured
beside something simple on the same machine in the same run, in turns, and shown as a ratio.
"""
