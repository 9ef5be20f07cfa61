"""A world to try: a round in full swing for the demo accounts, and what each role may do in it first."""
