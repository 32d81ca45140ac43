"""What every forked process has imported already."""

from clinic import triage
from frontdesk import serving, settings
from tests.crash import faults
from tests.frontdesk import test_handovers

triage.prepare()
PRELOADED = (serving, settings, faults, test_handovers)
