// Release tests.
