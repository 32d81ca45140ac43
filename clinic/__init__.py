"""What the clinic knows, as plain values and functions: no framework, no network, no database.

Installed into both environments; the only code that the assistant and the front desk share.
"""
