"""Tests of the front desk, through its HTTP interface."""
