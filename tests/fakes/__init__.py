"""Stand-ins for systems outside a process; each speaks the real protocol over a real socket."""
