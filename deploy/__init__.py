"""What runs Preconsult on one machine: environments, checks, training, three processes.

Everything that runs before the environments exist uses the standard library only and works on
any Python from 3.8 on, because the machine's own Python may be old: uv brings 3.11 for the rest.
"""
